import type {BatchNorm} from "../../graph/network.ts"
import type {Operator} from "./operator.ts"

export const batchNorm: Operator<BatchNorm> = {
  code: 6,
  takesRelu: true,
  takesPool: false,
  takesVectors: false,
  vectors: true,
  output: (_, input) => input,
  start: (_, {channels}) => ({
    weights: new Float32Array(channels).fill(1),
    bias: new Float32Array(channels),
    mean: new Float32Array(channels),
    variance: new Float32Array(channels).fill(1),
  }),
  words({step, norm, output, parameter, gradient, allocate}) {
    if (!norm) throw new Error("a batchNorm has parameters")
    return {
      integers: {
        WEIGHTS: parameter(norm.gamma),
        BIAS: parameter(norm.beta),
        GRADIENT: gradient(norm.gamma),
        BIAS_GRADIENT: gradient(norm.beta),
        MEAN: parameter(norm.mean),
        VARIANCE: parameter(norm.variance),
        MEAN_SUM: gradient(norm.mean),
        VARIANCE_SUM: gradient(norm.variance),
        SCRATCH: allocate(output.stride * 8),
      },
      floats: {RATE: step.layer.epsilon},
    }
  },
}
