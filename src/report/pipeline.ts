import type {Plan, PlanStage, Rate} from "../plan/plan.ts"
import type {Block, Edge, Pipeline} from "./data.ts"

/** The plan as boxes and arrows. */
export function pipelineOf(plan: Plan): Pipeline {
  const {input, output} = plan.stream
  return {
    blocks: plan.stages.map((stage, index) => blockOf(stage, plan, index)),
    edges: [
      {width: `${input.dataBits} b`, rate: `${input.beatsPerImage} / image`},
      ...plan.stages.slice(1).map((stage) => edgeOf(stage.input, stage)),
      {width: `${output.dataBits} b`, rate: `${output.wordsPerImage} / image`},
    ],
    limit: limitSentence(plan),
  }
}

/** What keeps the plan from being faster, as a sentence. */
export function limitSentence({limit, interval}: Plan): string {
  const clocks = `${interval} clocks an image`
  if (limit === "stream") return `The input stream sets the pace: ${clocks}.`
  if (limit === "results") return `The results' words set the pace: ${clocks}.`
  return `${limit} sets the pace: ${clocks}.`
}

function edgeOf({positions, channels, bits, beats}: Rate, stage: PlanStage): Edge {
  const items = positions * channels
  return {
    width: items === 1 ? `${bits} b` : `${items} x ${bits} b`,
    rate: `${beats} / image`,
    ...("fifoDepth" in stage ? {depth: stage.fifoDepth} : {}),
  }
}

const multipliers = {dsp: "DSP", packed: "DSP for two", lut: "LUT"} as const
const memories = {block: "BRAM", distributed: "LUT ROM"} as const

function blockOf(stage: PlanStage, plan: Plan, index: number): Block {
  const {name} = stage
  switch (stage.kind) {
    case "skid":
      return {name, what: index === 0 ? "s_axis" : "m_axis", how: "2 entries, cuts ready", kind: "stream"}
    case "feeder":
      return {name, what: "a credit an image", how: `${plan.credits} credits`, kind: "stream"}
    case "window":
      return {name, what: `${sizeName(stage.kernel)} of ${sizeName(stage.size)}`, how: "shift register", kind: "buffer"}
    case "pad": {
      const {top, bottom, left, right} = stage.border
      return {
        name,
        what: `zeros around ${sizeName(stage.size)}`,
        how: `${top}+${bottom} rows, ${left}+${right} columns`,
        kind: "buffer",
      }
    }
    case "pace":
      return {name, what: "a position at a time", how: `every ${stage.clocks} clocks`, kind: "stream"}
    case "blocks":
      return {name, what: `sums of ${sizeName(stage.size)}`, how: `of ${sizeName(stage.of)}`, kind: "pool"}
    case "mean":
      return {
        name,
        what: `times ${stage.constant} / 2^${stage.shift}`,
        how: `${stage.units} channels a clock`,
        kind: "pool",
      }
    case "add":
      return {name, what: `sums of two, ${stage.sumBits} b`, how: "each waits for the other", kind: "linear"}
    case "sums":
      return {
        name,
        what: `${stage.output.channels} sums, ${stage.accumulatorBits} b`,
        how: `constant, ${stage.adders} adders`,
        kind: "linear",
      }
    case "columns":
      return {
        name,
        what: `columns of ${stage.rows} of ${sizeName(stage.size)}`,
        how: "LUTRAM, a row a word",
        kind: "buffer",
      }
    case "lines":
      return {
        name,
        what: `columns of ${stage.rows} of ${sizeName(stage.size)}`,
        how: `block RAM, ${stage.depth} positions, ${stage.ports} rows a clock`,
        kind: "buffer",
      }
    case "windows":
      return {
        name,
        what: `${sizeName(stage.kernel)} of ${sizeName(stage.size)}`,
        how: `a window in ${stage.frame} clocks`,
        kind: "buffer",
      }
    case "collect":
      return {name, what: `${stage.parts} passes to a vector`, how: "shift register", kind: "buffer"}
    case "serial":
      return {
        name,
        what: `${stage.output.channels} sums, ${stage.accumulatorBits} b`,
        how: `bit by bit, ${stage.adders} adders, a window in ${stage.frame} clocks`,
        kind: "linear",
      }
    case "folded":
      return {
        name,
        what: `${stage.outputs} sums, ${stage.accumulatorBits} b`,
        how: `${stage.pe} PE x ${stage.simd} SIMD, ${multipliers[stage.multiplier]}${stage.load ? "" : `, ${memories[stage.memory]}`}`,
        kind: "linear",
      }
    case "requantise":
      return {
        name,
        what: `${stage.accumulatorBits} b to ${stage.output.bits} b${stage.relu ? ", relu" : ""}`,
        how: `${stage.rounding}, ${stage.overflow}`,
        kind: "pool",
      }
    case "pool":
      return {name, what: `largest of ${sizeName(stage.size)}`, how: `of ${sizeName(stage.of)}`, kind: "pool"}
    case "fifo":
      return {name, what: `queue of ${stage.fifoDepth}`, how: "depth proved", kind: "buffer"}
    case "result":
      return {name, what: "a word a result", how: "sets TLAST", kind: "stream"}
    default:
      return {name: (stage as PlanStage).name, what: "", how: "", kind: "linear"}
  }
}

const sizeName = ({height, width}: {readonly height: number; readonly width: number}): string => `${height}x${width}`
