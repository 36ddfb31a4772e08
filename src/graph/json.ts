import * as v from "valibot"
import {bug, TlastError} from "../errors.ts"
import {checkIntegerNetwork} from "./check.ts"
import type {IntegerLayer, IntegerNetwork, Requantise} from "./integer.ts"
import {FLOAT, FloatFile, INTEGER, IntegerFile, VERSION} from "./json-schema.ts"
import {hasParameters, inputShape, type LayerSpec, network, weightCount} from "./layers.ts"
import type {FloatModel, Layer, Network, Parameters} from "./network.ts"

const LONGEST_TEXT = 2 ** 28

/** One line a layer; float32 parameters as base64 of their little-endian bytes, so reading gives the same bits back. */
export function floatModelToJson(model: FloatModel): string {
  const {name, input, layers} = model.network
  const parameters = layers.flatMap(({name: layer}) => {
    const found = Object.hasOwn(model.parameters, layer) ? model.parameters[layer] : undefined
    if (!found) return []
    const {mean, variance, ...plain} = found
    const arrays = {...plain, ...(mean && {mean}), ...(variance && {variance})}
    return [`${line(layer)}: ${line(Object.fromEntries(Object.entries(arrays).map(([key, a]) => [key, toBase64(a)])))}`]
  })
  return `{
  "format": ${JSON.stringify(FLOAT)}, "version": ${VERSION},
  "network": {"name": ${JSON.stringify(name)}, "input": ${line(input)}, "layers": [
${lines(layers.map((layer, i) => line(spec(layer, layers[i - 1]?.name ?? "input"))))}
  ]},
  "parameters": {
${lines(parameters)}
  }
}
`
}

/** Reads what floatModelToJson writes. `where` (a file's name) leads every error: BAD_JSON, BAD_MODEL, or network()'s own. */
export function floatModelFromJson(text: string, where: string): FloatModel {
  const file = parse(FloatFile, FLOAT, text, where)
  const built: Network = network(file.network.name, file.network.input, file.network.layers as LayerSpec[])
  const parameters: Record<string, Parameters> = {}
  const linear = built.layers.filter(hasParameters)
  for (const layer of linear) {
    const found = file.parameters.get(layer.name)
    if (!found) throw badModel(where, `layer ${layer.name} has no parameters`, "write the file again")
    const {channels} = layer.output
    const {mean, variance} = found
    if ((layer.kind === "batchNorm") !== (mean !== undefined && variance !== undefined))
      throw badModel(where, `layer ${layer.name} has ${mean ? "" : "no "}mean and variance`, "write the file again")
    parameters[layer.name] = {
      weights: fromBase64(found.weights, weightCount(layer, inputShape(built, layer)), where, `${layer.name}.weights`),
      bias: fromBase64(found.bias, channels, where, `${layer.name}.bias`),
      ...(mean !== undefined && {mean: fromBase64(mean, channels, where, `${layer.name}.mean`)}),
      ...(variance !== undefined && {variance: fromBase64(variance, channels, where, `${layer.name}.variance`)}),
    }
  }
  const extra = [...file.parameters.keys()].find((key) => !linear.some(({name}) => name === key))
  if (extra !== undefined) {
    throw badModel(
      where,
      `has parameters for ${JSON.stringify(extra.slice(0, 80))}, which no layer uses`,
      "remove them",
    )
  }
  return {network: built, parameters}
}

/** One line a layer; weights and biases as plain integers. */
export function integerNetworkToJson({name, input, layers, logits8}: IntegerNetwork): string {
  const plain = (layer: IntegerLayer) =>
    line("weights" in layer ? {...layer, weights: Array.from(layer.weights), bias: Array.from(layer.bias)} : layer)
  return `{
  "format": ${JSON.stringify(INTEGER)}, "version": ${VERSION},
  "name": ${JSON.stringify(name)}, "input": ${line(input)},${
    logits8 === undefined ? "" : `\n  "logits8": ${line(logits8)},`
  }
  "layers": [
${lines(layers.map(plain))}
  ]
}
`
}

/** Reads what integerNetworkToJson writes, and checks it (checkIntegerNetwork). Errors as for floatModelFromJson. */
export function integerNetworkFromJson(text: string, where: string): IntegerNetwork {
  const file = parse(IntegerFile, INTEGER, text, where)
  const layers = file.layers.map((layer): IntegerLayer => {
    if (!("weights" in layer)) return layer
    const {requantise, weights, bias, ...rest} = layer
    return {
      ...rest,
      weights: Int8Array.from(weights),
      bias: Int32Array.from(bias),
      ...(requantise === undefined ? {} : {requantise: requantise satisfies Requantise}),
    }
  })
  const result: IntegerNetwork = {
    name: file.name,
    input: file.input,
    layers,
    ...(file.logits8 === undefined ? {} : {logits8: file.logits8}),
  }
  checkIntegerNetwork(result)
  return result
}

function parse<S extends v.GenericSchema>(schema: S, format: string, text: string, where: string): v.InferOutput<S> {
  if (text.length > LONGEST_TEXT) {
    throw badModel(where, `is ${text.length} characters long, at most ${LONGEST_TEXT} are read`, "name another file")
  }
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (cause) {
    const message = `is not JSON: ${cause instanceof Error ? cause.message.slice(0, 200) : ""}`
    const hint = `expected a "${format}" as tlast writes it; write it again`
    throw new TlastError({code: "BAD_JSON", where, message, hint}, {cause})
  }
  const result = v.safeParse(schema, data, {abortEarly: true})
  if (result.success) return result.output
  const [issue] = result.issues
  const path = v.getDotPath(issue)?.slice(0, 120)
  throw badModel(
    where,
    `${path === undefined ? "it" : path} is not right: ${issue.message.slice(0, 200)}`,
    `expected a "${format}" of version ${VERSION}, as tlast writes it; write it again`,
  )
}

/** What a layer was written as: its shapes are worked out again when it is read, and what it reads where that is plain. */
function spec(layer: Layer, previous: string): LayerSpec {
  const {inputs, output: _output, ...rest} = layer
  return inputs.length === 1 && inputs[0] === previous ? rest : {...rest, inputs}
}

/** JSON on one line, the same text however the object was built: kind and name first, then keys in alphabetical order. */
function line(value: unknown): string {
  const rank = (key: string) => (key === "kind" ? 0 : key === "name" ? 1 : 2)
  return JSON.stringify(value, (_, given: unknown) =>
    typeof given === "object" && given !== null && !Array.isArray(given)
      ? Object.fromEntries(Object.entries(given).sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1)))
      : given,
  )
}

const lines = (items: readonly string[]): string => items.map((item) => `    ${item}`).join(",\n")

const badModel = (where: string, message: string, hint: string) =>
  new TlastError({code: "BAD_MODEL", where, message, hint})

function toBase64(values: Float32Array): string {
  const bytes = new Uint8Array(values.length * 4)
  const view = new DataView(bytes.buffer)
  for (const [index, value] of values.entries()) {
    if (!Number.isFinite(value)) throw bug("floatModelToJson", `a parameter is ${value}`)
    view.setFloat32(index * 4, value, true)
  }
  let text = ""
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192))
  }
  return btoa(text)
}

function fromBase64(text: string, length: number, where: string, what: string): Float32Array {
  let bytes: string
  try {
    bytes = atob(text)
  } catch (cause) {
    throw new TlastError(
      {code: "BAD_MODEL", where, message: `${what} is not base64`, hint: "write the file again"},
      {cause},
    )
  }
  if (bytes.length !== length * 4) {
    throw badModel(where, `${what} holds ${bytes.length} bytes, its shape needs ${length * 4}`, "write the file again")
  }
  const view = new DataView(Uint8Array.from(bytes, (c) => c.charCodeAt(0)).buffer)
  return Float32Array.from({length}, (_, index) => {
    const value = view.getFloat32(index * 4, true)
    if (!Number.isFinite(value)) throw badModel(where, `${what}[${index}] is ${value}`, "train the network again")
    return value
  })
}
