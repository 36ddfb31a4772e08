import type {Verb} from "../verb.ts"
import {init} from "./init.ts"

/** In the order of `tlast --help`. */
export const verbs: readonly Verb[] = [init]
