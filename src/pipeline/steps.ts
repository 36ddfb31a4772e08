import type {Step} from "./step.ts"

/** Every stage, in the order they run. */
export const steps: readonly Step[] = []
