import {bug} from "../errors.ts"
import type {FloatModel} from "../graph/network.ts"
import {elements} from "../graph/shape.ts"
import {isLinear, lower} from "../quantize/lower.ts"
import {GraphBuilder} from "../tflite/build.ts"
import {convOptions, denseOptions, poolOptions, softmaxOptions, tensorShape} from "./operators.ts"

/**
 * model.tflite: float32, image in (values byte / 256), softmax out. Relu is fused into the layer before it, dropout is
 * gone. Deterministic bytes. Throws BAD_ORDER as `lower` does.
 */
export function exportFloat(model: FloatModel): Uint8Array {
  const {name, input, layers} = lower(model)
  const graph = new GraphBuilder()
  const image = graph.tensor("image", "FLOAT32", tensorShape(input, layers[0]?.kind === "dense"))
  let current = image
  let isVector = layers[0]?.kind === "dense"
  let shape = input
  for (const layer of layers) {
    const from = current
    isVector = layer.kind === "flatten" || layer.kind === "dense"
    shape = layer.output
    if (isLinear(layer)) {
      const weightShape =
        layer.kind === "conv2d"
          ? [layer.filters, layer.kernel.height, layer.kernel.width, layer.input.channels]
          : [layer.units, elements(layer.input)]
      const weights = graph.tensor(`${layer.name}/weights`, "FLOAT32", weightShape, {data: layer.weights})
      const bias = graph.tensor(`${layer.name}/bias`, "FLOAT32", [layer.bias.length], {data: layer.bias})
      current = graph.tensor(layer.name, "FLOAT32", tensorShape(shape, isVector))
      if (layer.kind === "conv2d") graph.operator("CONV_2D", [from, weights, bias], current, convOptions(layer.relu))
      else graph.operator("FULLY_CONNECTED", [from, weights, bias], current, denseOptions(layer.relu))
    } else if (layer.kind === "maxPool2d") {
      current = graph.tensor(layer.name, "FLOAT32", tensorShape(shape, false))
      graph.operator("MAX_POOL_2D", [from], current, poolOptions(layer.size))
    } else if (layer.kind === "flatten") {
      const data = Int32Array.of(-1, elements(shape))
      const to = graph.tensor(`${layer.name}/shape`, "INT32", [2], {data})
      current = graph.tensor(layer.name, "FLOAT32", tensorShape(shape, true))
      graph.operator("RESHAPE", [from, to], current)
    } else throw bug("exportFloat", "a layer of no kind")
  }
  const probabilities = graph.tensor("probabilities", "FLOAT32", tensorShape(shape, isVector))
  graph.operator("SOFTMAX", [current], probabilities, softmaxOptions)
  return graph.file(`tlast ${name}`, image, probabilities)
}
