import type {Layer} from "../network.ts"
import type {Named} from "./kind.ts"

/** A layer of a kind as written down: its name and what it reads may be left out, its shape follows. */
export type Spec<L extends Layer> = Omit<L, "name" | "inputs" | "output"> & Named
