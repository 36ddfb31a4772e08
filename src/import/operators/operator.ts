import type {LayerSpec} from "../../graph/layers.ts"
import type {Size} from "../../graph/shape.ts"
import {elements, type Shape, shapeName} from "../../graph/shape.ts"
import {activations} from "../../tflite/schema.ts"
import type {FileGraph, FileOperator, FileTensor} from "../file.ts"
import type {Holder, IntegerSite} from "../holder.ts"

/** What an operator becomes. */
export interface Step {
  /** The layers of the float network, in order; none for what changes no number: its output is then what it reads. */
  readonly specs: readonly LayerSpec[]
  /** Of conv2d, depthwiseConv2d and dense, which is then the last of `specs` but for a relu. */
  readonly linear?: LinearStep
  /** Computes a shape, as converters write before a RESHAPE: nothing flows through it. */
  readonly computesShape?: true
  /** Reshapes the image before the network. */
  readonly image?: Shape
  /** Its integers, added to the holder; absent where there are none to add. */
  readonly integers?: (holder: Holder, site: IntegerSite) => void
}

export interface LinearStep {
  readonly weights: FileTensor
  readonly bias?: FileTensor
  readonly relu: boolean
  readonly outputs: number
  /** The dimension of the weights that counts outputs; with 3 they are turned to [out][ky][kx]. */
  readonly dimension: 0 | 3
}

export interface Verdict {
  readonly status: "ok" | "rewritten" | "unsupported"
  /** What we make of it, or what is wrong. */
  readonly note?: string
  /** The smallest change that would make it fit; with `unsupported`. */
  readonly fix?: string
  readonly step?: Step
}

/** Where an operator stands. */
export interface Site {
  readonly graph: FileGraph
  readonly operator: FileOperator
  /** The computed tensors it reads, and their shapes. */
  readonly sources: readonly FileTensor[]
  readonly from: Shape
  readonly to: Shape
  /** No layer stands before it. */
  readonly first: boolean
  /** Only what changes no order stands after it. */
  readonly last: boolean
}

/** Judges one operator of a file on its own, as if those before it fitted. An operator is one file in this folder. */
export type Judge = (site: Site) => Verdict

export const no = (note: string, fix: string): Verdict => ({status: "unsupported", note, fix})

export const ok = (step: Step): Verdict => ({status: "ok", step})

export const numbers = ({options = {}}: FileOperator) => options as Readonly<Record<string, number | undefined>>

export const hasRelu = (operator: FileOperator): boolean =>
  numbers(operator).fusedActivationFunction === activations.RELU

/** The verdict on an activation that is neither none nor relu. */
export function fused(operator: FileOperator): Verdict | undefined {
  const code = numbers(operator).fusedActivationFunction ?? 0
  if (code === activations.NONE || code === activations.RELU) return undefined
  const name = Object.keys(activations).find((key) => activations[key as keyof typeof activations] === code)
  return no(`has the activation ${name ?? code}`, "train with relu")
}

/** The verdict on weights that are computed. */
export function constants(operator: FileOperator): Verdict | undefined {
  if (operator.options === undefined) return no("has no options", "export it again")
  for (const input of operator.inputs.slice(1))
    if (input !== undefined && input.data === undefined)
      return no("has weights that are computed or left out", "export it with constant float32 or int8 weights")
  return undefined
}

/** The verdict on an output of another shape than the layer gives. */
export function shapes(expected: Shape, found: Shape): Verdict | undefined {
  if (expected.height < 1 || expected.width < 1) return no("has a window larger than its input", "use a smaller one")
  if (shapeName(expected) === shapeName(found)) return undefined
  return no(`says its output is ${shapeName(found)}, it is ${shapeName(expected)}`, "export the model again")
}

export const vectorOf = (shape: Shape): Shape => ({height: 1, width: 1, channels: elements(shape)})

export const isVector = ({height, width}: Size): boolean => height === 1 && width === 1
