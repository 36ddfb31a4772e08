import type {FloatModel} from "../graph/network.ts"
import type {Shape} from "../graph/shape.ts"
import {isLinear, type LoweredLayer, lower} from "../quantize/lower.ts"
import {GraphBuilder} from "../tflite/build.ts"
import type {ExportKind} from "./kinds/kind.ts"
import {softmaxOptions} from "./kinds/options.ts"
import {kindOf} from "./kinds.ts"
import {dimensions, writeLayers} from "./write.ts"

/**
 * model.tflite: float32, image in (values byte / 256), softmax out. Relu is fused into the layer before it, batchNorm folded,
 * dropout gone. Deterministic bytes. Throws BAD_ORDER as `lower` does.
 */
export function exportFloat(model: FloatModel): Uint8Array {
  const network = lower(model)
  const graph = new GraphBuilder()
  const {image, output} = writeLayers(graph, network, {
    activation: (name, shape) => graph.tensor(name, "FLOAT32", shape),
    constants: (layer, input) => parameters(graph, layer, input),
  })
  const probabilities = graph.tensor("probabilities", "FLOAT32", dimensions(output.shape, output.rank))
  graph.operator("SOFTMAX", [output.index], probabilities, softmaxOptions)
  return graph.file(`tlast ${network.name}`, image.index, probabilities)
}

function parameters(graph: GraphBuilder, layer: LoweredLayer, input: Shape): readonly number[] {
  const {weights: order}: ExportKind<LoweredLayer["kind"]> = kindOf(layer.kind)
  if (!isLinear(layer) || order === undefined) return []
  const data = order.arrange?.(layer.weights, layer as never) ?? layer.weights
  return [
    graph.tensor(`${layer.name}/weights`, "FLOAT32", order.shape(layer as never, input), {data}),
    graph.tensor(`${layer.name}/bias`, "FLOAT32", [layer.bias.length], {data: layer.bias}),
  ]
}
