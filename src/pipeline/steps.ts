import type {Step} from "./step.ts"
import {dataStep} from "./steps/data.ts"
import {exportStep} from "./steps/export.ts"
import {goldenStep} from "./steps/golden.ts"
import {quantizeStep} from "./steps/quantize.ts"

/** Every stage, in the order they run. */
export const steps: readonly Step[] = [dataStep, quantizeStep, exportStep, goldenStep]
