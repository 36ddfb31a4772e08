import type {AvgPool2d, MaxPool2d} from "../../graph/network.ts"
import type {Shape, Size} from "../../graph/shape.ts"
import type {Operator} from "./operator.ts"

const blocks = (input: Shape, {height, width}: Size): Shape => ({
  height: Math.floor(input.height / height),
  width: Math.floor(input.width / width),
  channels: input.channels,
})

/** A pool that no step before it takes along: POOL_ROWS and POOL_COLUMNS are those of every step. */
export const maxPool: Operator<MaxPool2d> = {
  code: 1,
  takesRelu: false,
  takesPool: false,
  takesVectors: false,
  vectors: true,
  output: (_, input) => input,
}

/** `size` of an average pool over an image. */
export const averaged = ({size}: AvgPool2d, input: Shape): Size => (size === "global" ? input : size)

export const avgPool: Operator<AvgPool2d> = {
  code: 5,
  takesRelu: true,
  takesPool: false,
  takesVectors: false,
  vectors: true,
  output: (layer, input) => blocks(input, averaged(layer, input)),
  words({step, input, quantised}) {
    const {height, width} = averaged(step.layer, input.shape)
    const count = height * width
    return {
      integers: {POOL_ROWS: height, POOL_COLUMNS: width},
      floats: {FACTOR: quantised ? Math.round(65_536 / count) / 65_536 : 1 / count},
    }
  },
}
