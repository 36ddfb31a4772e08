import type {Step} from "./step.ts"
import {dataStep} from "./steps/data.ts"
import {emitStep} from "./steps/emit.ts"
import {exportStep} from "./steps/export.ts"
import {goldenStep} from "./steps/golden.ts"
import {planStep} from "./steps/plan.ts"
import {quantizeStep} from "./steps/quantize.ts"
import {reportStep} from "./steps/report.ts"
import {simulateStep, verifyStep} from "./steps/simulate.ts"
import {synthStep} from "./steps/synth.ts"
import {trainStep} from "./steps/train.ts"

/** Every stage, in the order they run. */
export const steps: readonly Step[] = [
  dataStep,
  trainStep,
  quantizeStep,
  exportStep,
  goldenStep,
  planStep,
  emitStep,
  simulateStep,
  verifyStep,
  synthStep,
  reportStep,
]
