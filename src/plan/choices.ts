import {TlastError} from "../errors.ts"
import type {IntegerLayer, IntegerNetwork} from "../graph/integer.ts"
import type {PlanOptions} from "./options.ts"
import type {Engine, LayerChoice} from "./plan.ts"

export const contradiction = (where: string, message: string, hint: string): TlastError =>
  new TlastError({code: "PLAN_CONTRADICTION", where, message, hint})

/** Refuses what cannot be had together, or at all: PLAN_CONTRADICTION. */
export function checkChoices(network: IntegerNetwork, options: PlanOptions): void {
  const given = (["lanes", "imagesPerSecond", "target"] as const).filter((key) => options[key] !== undefined)
  if (given.length > 1)
    throw contradiction(given.join(", "), "each of these decides how fast the core is", `keep one, e.g. ${given[0]}`)
  if (options.imagesPerSecond !== undefined && !(options.imagesPerSecond > 0))
    throw contradiction("imagesPerSecond", `${options.imagesPerSecond} is not a rate`, "use a number above 0")
  if (options.output === "class" && options.packets === "header")
    throw contradiction("output", "header packets carry every result", 'use output "logits", or --packets raw')
  for (const [name, choice] of Object.entries(options.layers ?? {})) {
    const layer = network.layers.find((candidate) => candidate.name === name)
    if (layer === undefined)
      throw contradiction(
        `layers.${name}`,
        `there is no such layer; layers are ${network.layers.map((one) => one.name).join(", ")}`,
        "name one of those",
      )
    checkChoice(layer, choice, options.weights === "loadable")
  }
}

/** Engines of each kind of layer; of a loadable core, the folded one alone. */
function enginesOf({kind}: IntegerLayer, loadable: boolean): readonly Engine[] {
  if (kind === "dense" || (loadable && kind === "conv2d")) return ["folded"]
  if (kind === "conv2d") return ["constant", "serial", "folded"]
  return kind === "depthwiseConv2d" && !loadable ? ["constant", "serial"] : []
}

function checkChoice(layer: IntegerLayer, choice: LayerChoice, loadable: boolean): void {
  const {name, kind} = layer
  const refuse = (message: string, hint: string) => contradiction(`layers.${name}`, message, hint)
  const engines = enginesOf(layer, loadable)
  const folding = (["pe", "simd", "multiplier", "memory"] as const).filter((key) => choice[key] !== undefined)
  if (folding.length > 0 && !engines.includes("folded"))
    throw refuse(
      `${folding.join(" and ")} ${folding.length > 1 ? "fold" : "folds"} a conv2d or dense layer, and this is a ${kind}`,
      "drop them",
    )
  if (choice.engine !== undefined && !engines.includes(choice.engine))
    throw refuse(
      `engine ${choice.engine} is not built for a ${kind}${loadable ? " whose weights are loaded" : ""}`,
      engines.length === 0 ? "drop it" : `use ${engines.join(" or ")}`,
    )
  if (folding.length > 0 && choice.engine !== undefined && choice.engine !== "folded")
    throw refuse(
      `${folding.join(" and ")} ${folding.length > 1 ? "are" : "is"} the folded engine's, and engine ${choice.engine} was asked for`,
      "drop one of the two",
    )
  if (loadable && (choice.multiplier !== undefined || choice.memory !== undefined))
    throw refuse(
      "a loadable core has a multiplier for two outputs, and memory by depth",
      "drop multiplier and memory, or use constant weights",
    )
  if (choice.rows !== undefined && !engines.includes("constant"))
    throw refuse(
      loadable && kind === "conv2d"
        ? "a core whose weights are loaded keeps rows in shift registers"
        : `rows say where a convolution keeps the rows above, and this is a ${kind}`,
      "drop rows",
    )
  if (choice.addersPerStage === undefined) return
  if (choice.engine === "serial")
    throw refuse(
      "addersPerStage cuts the constant engine into clocks, and the serial engine has a sum a clock",
      "drop one of the two",
    )
  if (choice.engine === "folded" || folding.length > 0 || !engines.includes("constant"))
    throw refuse("addersPerStage cuts the constant engine into clocks, and this layer is folded", "drop one of the two")
}
