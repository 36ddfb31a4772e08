import {defaultHlsOptions, type HlsFolding, type HlsOptions} from "../plan/hls/options.ts"
import type {Plan} from "../plan/plan.ts"

/**
 * What the HLS emitter takes from a plan: packets, streams and each linear layer's folding. Constant and serial engines
 * have no counterpart in C++: a constant layer becomes one with a multiplier a weight, which Vitis HLS turns into shifts
 * and adds, and a serial layer gets the smallest folding that keeps up with the pixels. One position a step, whatever
 * the lanes.
 */
export function hlsOptions(plan: Plan): HlsOptions {
  const folding: Record<string, HlsFolding> = {}
  for (const stage of plan.stages) {
    if (stage.layer === undefined) continue
    if (stage.kind === "folded") folding[stage.layer] = {pe: stage.pe, simd: stage.simd}
    // Every output and every tap at once: foldings are cut to what the layer has.
    if (stage.kind === "sums") folding[stage.layer] = {pe: Number.MAX_SAFE_INTEGER, simd: Number.MAX_SAFE_INTEGER}
  }
  const header = plan.packets === "header"
  return {
    packets: plan.packets,
    weights: plan.weights,
    lanes: plan.lanes,
    dataBits: header ? 16 : plan.stream.input.dataBits,
    elementBits: header ? 16 : plan.stream.input.elementBits,
    output: plan.stream.output.kind ?? "logits",
    loadable: plan.loadable ?? defaultHlsOptions.loadable,
    folding,
    part: plan.device.name,
    clockMhz: plan.clockHz / 1e6,
    modelHash: plan.modelHash,
  }
}
