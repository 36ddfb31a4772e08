import type {Relu} from "../network.ts"
import {type Kind, type Named, only} from "./kind.ts"
import type {Spec} from "./specs.ts"

/** max(x, 0). */
export const relu = (options: Named = {}): Spec<Relu> => ({kind: "relu", ...options})

export const reluKind: Kind<Spec<Relu>> = {short: "relu", reads: 1, output: (_, site) => only(site)}
