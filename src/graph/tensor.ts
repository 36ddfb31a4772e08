import type {NumberFormat} from "./format.ts"
import type {Shape} from "./shape.ts"

/** What lies between two layers: its shape, and the format of its integers. */
export interface Tensor {
  readonly shape: Shape
  readonly format: NumberFormat
}
