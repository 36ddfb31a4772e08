import type {Add, Dropout, Relu} from "../../graph/network.ts"
import type {Operator} from "./operator.ts"

/** X2 and its like are written by program.ts, which knows the other tensor. */
export const add: Operator<Add> = {
  code: 7,
  takesRelu: true,
  takesPool: false,
  takesVectors: true,
  vectors: true,
  output: (_, input) => input,
}

/** A relu that no step before it takes along. */
export const relu: Operator<Relu> = {
  code: 2,
  takesRelu: false,
  takesPool: false,
  takesVectors: true,
  vectors: true,
  output: (_, input) => input,
}

export const dropout: Operator<Dropout> = {
  code: 3,
  takesRelu: false,
  takesPool: false,
  takesVectors: true,
  vectors: true,
  output: (_, input) => input,
  words: ({step}) => ({floats: {RATE: step.layer.rate}}),
}
