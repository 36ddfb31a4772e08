import {at, bug, TlastError} from "../errors.ts"
import {type IntegerNetwork, isLinearLayer} from "../graph/integer.ts"
import {elements} from "../graph/shape.ts"
import {type Operator, operator} from "./operator.ts"
import {overflow, requantise} from "./requantise.ts"

export interface GoldenResult {
  readonly images: number
  /** Outputs of one image. */
  readonly width: number
  /** images x width, integers of the last layer's format. */
  readonly outputs: Int32Array
  /** Per image the class of the largest output; in a tie the lowest. */
  readonly classes: Int32Array
}

/**
 * The definition of right: every integer that files, RTL and HLS must equal. `input` holds whole images one after the
 * other, NHWC, integers of the network's input format. Throws INPUT_SIZE where images are not whole.
 */
export function runGolden(
  network: IntegerNetwork,
  input: ArrayLike<number>,
  images = imageCount(network, input),
): GoldenResult {
  const size = elements(network.input.shape)
  if (input.length !== images * size)
    throw new TlastError({
      code: "INPUT_SIZE",
      where: `network ${network.name}`,
      message: `found ${input.length} elements, expected ${images} images of ${size}`,
      hint: "pass whole images, one element per pixel and channel",
    })
  const last = at(network.layers, network.layers.length - 1)
  const width = elements(last.output.shape)
  const outputs = new Int32Array(images * width)
  const classes = new Int32Array(images)
  const steps = prepare(network)
  for (let n = 0; n < images; n++) {
    const tensors = evaluate(
      steps,
      Int32Array.from({length: size}, (_, i) => input[n * size + i] as number),
    )
    const output = at(tensors, tensors.length - 1)
    outputs.set(output, n * width)
    classes[n] = largest(output)
  }
  return {images, width, outputs, classes}
}

/** Every layer's output for one image, by layer name, in the network's order. */
export function traceGolden(network: IntegerNetwork, image: ArrayLike<number>): ReadonlyMap<string, Int32Array> {
  const tensors = evaluate(prepare(network), Int32Array.from(image))
  return new Map(network.layers.map((layer, i) => [layer.name, at(tensors, i + 1)]))
}

/** A layer ready to run: the tensors it reads (0 the image, i + 1 layer i's output) and what it does to them. */
interface Step {
  readonly sources: readonly number[]
  readonly apply: Operator
}

function prepare(network: IntegerNetwork): readonly Step[] {
  const names = ["input", ...network.layers.map((layer) => layer.name)]
  const tensors = [network.input, ...network.layers.map((layer) => layer.output)]
  return network.layers.map((layer, i) => {
    const sources = layer.inputs.map((name) => names.indexOf(name))
    const wrong = sources.findIndex((source) => source < 0 || source > i)
    if (wrong >= 0) throw bug("golden", `${layer.name} reads ${layer.inputs[wrong]}, which is not before it`)
    return {
      sources,
      apply: operator(
        layer,
        sources.map((source) => at(tensors, source)),
      ),
    }
  })
}

/** The image, then every layer's output. */
function evaluate(steps: readonly Step[], image: Int32Array): readonly Int32Array[] {
  const tensors = [image]
  for (const {sources, apply} of steps) {
    const first = at(tensors, at(sources, 0))
    tensors.push(apply(first, at(tensors, sources[1] ?? at(sources, 0))))
  }
  return tensors
}

/** Index of the largest; in a tie the lowest index. */
export function largest(values: ArrayLike<number>): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i
  return best
}

/** The last layer's accumulators as the int8 logits of model.int8.tflite. Throws NO_LOGITS8 where the network has none. */
export function logits8(network: IntegerNetwork, outputs: ArrayLike<number>): Int8Array {
  const last = at(network.layers, network.layers.length - 1)
  const rule = network.logits8
  if (rule === undefined || !isLinearLayer(last) || last.requantise !== undefined)
    throw new TlastError({
      code: "NO_LOGITS8",
      where: `network ${network.name}`,
      message: "its last layer has no int8 form",
      hint: "quantise with 8-bit weights and activations and tflite rounding to get one",
    })
  const format = {bits: 8, signed: true, fraction: 0}
  return Int8Array.from(outputs, (sum) =>
    overflow(requantise(sum, rule.shift, rule.rounding, last.kind), format, "saturate"),
  )
}

const imageCount = (network: IntegerNetwork, input: ArrayLike<number>): number =>
  Math.floor(input.length / elements(network.input.shape))
