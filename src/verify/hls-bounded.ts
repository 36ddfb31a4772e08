import {at, TlastError} from "../errors.ts"

/** One FIFO of a bounded-stream run. */
export interface HlsFifoReport {
  readonly name: string
  /** Words it was given, and words without which the run would have ended in a deadlock. */
  readonly depth: number
  readonly needed: number
  /** Most words in it at once, with the given depths and with endless FIFOs. */
  readonly peak: number
  readonly peakUnlimited: number
  /** Predicted cycles its writer waited for room. */
  readonly waited: number
  readonly tooSmall: boolean
}

export interface HlsBoundedReport {
  readonly images: number
  /** True when the emitted depths are enough and every beat was right. */
  readonly ok: boolean
  readonly fifos: readonly HlsFifoReport[]
  /** Processes that wait where even deeper FIFOs would not help: "dense1(dense1_inputs) reading dense1_inputs". */
  readonly stuck: readonly string[]
  /** Predicted (one iteration a clock, no pipeline fill): cycles from the first to the last result beat. */
  readonly predictedCycles: number
  readonly predictedCyclesUnlimited: number
  readonly wrong: number
}

/**
 * The top with every process a thread and every FIFO of its STREAM depth, for hls/host/bounded_stream.h: made from the
 * emitted (or edited) text, so that what is checked is what is synthesised. Throws HLS_TOP where the text is no
 * dataflow of streams and calls.
 */
export function boundedTop(
  source: string,
  top: string,
  ports: {readonly input: number; readonly output: number},
): {readonly text: string; readonly fifos: readonly string[]} {
  const start = source.search(new RegExp(`^void ${top}\\(`, "m"))
  const open = source.indexOf("{", start)
  const close = source.lastIndexOf("}")
  if (start < 0 || open < 0 || close < open) throw notATop(top, "no function of that name")
  const {streams, calls} = readBody(source.slice(open + 1, close), top)
  const names = new Set([...streams.map(({name}) => name), "s_axis", "m_axis"])
  const tasks = calls.map(({callee, args}) => {
    const linked = args.filter((arg) => names.has(arg))
    const label = `${callee.replace(/<.*/s, "").replace(/^.*::/, "")}(${linked[0] ?? ""})`
    return `  all.add("${label}", {${linked.map((arg) => `&${arg}`).join(", ")}}, [&] { for (;;) ${callee}(${args.join(", ")}); });`
  })
  const text = `// Made by tlast from ${top}.cpp: its processes as threads, its FIFOs with their depths. Not for synthesis.
${source.slice(0, start)}
static bool bounded_top(hls::stream<ap_axiu<${ports.input}, 0, 0, 0> >& s_axis, hls::stream<ap_axiu<${ports.output}, 0, 0, 0> >& m_axis) {
  ap_uint<16> short_images = 0;
  (void)short_images;
  hls::scheduler& all = hls::scheduler::get();
  // Static: the report is made after the run.
${streams.map(({type, name, depth}) => `  static hls::stream<${type}> ${name}("${name}");\n  ${name}.bound(${depth});`).join("\n")}
${tasks.join("\n")}
  return all.run("sink");
}

#include "bounded_main.h"

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  return tlast::run_bounded<${ports.input}, ${ports.output}>(argv[1], argv[2], bounded_top);
}
`
  return {text, fifos: streams.map(({name}) => name)}
}

/** A layer's text with a clock: an iteration of a loop with PIPELINE II=n takes n cycles. */
export const clocked = (source: string): string =>
  source.replace(/^#pragma HLS PIPELINE II=(\d+)[ \t]*$/gm, "hls::cycle($1);")

interface Body {
  readonly streams: readonly {readonly type: string; readonly name: string; readonly depth: number}[]
  readonly calls: readonly {readonly callee: string; readonly args: readonly string[]}[]
}

function readBody(text: string, top: string): Body {
  const depths = new Map<string, number>()
  let dataflow = false
  const code = text
    .replace(/\/\/.*$/gm, "")
    .split("\n")
    .filter((line) => {
      const pragma = /^\s*#pragma\s+HLS\s+(\w+)(.*)$/i.exec(line)
      if (!pragma) return true
      const [, word = "", options = ""] = pragma
      dataflow ||= word.toUpperCase() === "DATAFLOW"
      const name = /variable=(\w+)/i.exec(options)?.[1]
      const depth = /depth=(\d+)/i.exec(options)?.[1]
      if (word.toUpperCase() === "STREAM" && name && depth) depths.set(name, Number(depth))
      return false
    })
    .join("\n")
  if (!dataflow) throw notATop(top, "no #pragma HLS DATAFLOW")
  const streams: {type: string; name: string; depth: number}[] = []
  const calls: {callee: string; args: string[]}[] = []
  for (const statement of code.split(";").map((part) => part.trim().replace(/\s+/g, " "))) {
    if (statement === "") continue
    const stream = /^hls::stream<(.*)> (\w+)(\("\w*"\))?$/.exec(statement)
    const call = /^([\w:]+(?:<.*>)?)\(([^()]*)\)$/.exec(statement)
    // A FIFO without a pragma has the tool's default of two words.
    if (stream)
      streams.push({type: (stream[1] ?? "").trim(), name: at(stream, 2), depth: depths.get(at(stream, 2)) ?? 2})
    else if (call)
      calls.push({
        callee: at(call, 1),
        args: at(call, 2)
          .split(",")
          .map((arg) => arg.trim()),
      })
    else throw notATop(top, `"${statement.slice(0, 80)}" is neither a stream nor a call of a process`)
  }
  return {streams, calls}
}

/** Reads what bounded_main.h printed, once with the depths and once with endless FIFOs. */
export function readBounded(bounded: string, unlimited: string, images: number): HlsBoundedReport {
  const fifos = new Map(fifoLines(unlimited).map((fifo) => [fifo.name, fifo]))
  const reports = fifoLines(bounded).map((fifo) => ({
    ...fifo,
    peakUnlimited: fifos.get(fifo.name)?.peak ?? 0,
    tooSmall: fifo.needed > fifo.depth,
  }))
  const whole = / whole 1$/m.test(bounded)
  const wrong = Number(/^BEATS expected \d+ wrong (\d+) extra 0 /m.exec(bounded)?.[1] ?? 1)
  const stuck = whole
    ? []
    : Array.from(
        bounded.matchAll(/^WAITS (\S+) (reading|writing) (\S+)$/gm),
        ([, who, how, what]) => `${who} ${how} ${what}`,
      )
  return {
    images,
    ok: whole && wrong === 0 && reports.every(({tooSmall}) => !tooSmall),
    fifos: reports,
    stuck,
    predictedCycles: cycles(bounded),
    predictedCyclesUnlimited: cycles(unlimited),
    wrong,
  }
}

const fifoLines = (text: string) =>
  Array.from(
    text.matchAll(/^FIFO (\S+) emitted (\d+) needed (\d+) peak (\d+) waited (\d+) left (\d+)$/gm),
    (match) => ({
      name: at(match, 1),
      depth: Number(match[2]),
      needed: Number(match[3]),
      peak: Number(match[4]),
      waited: Number(match[5]),
    }),
  )

function cycles(text: string): number {
  const match = /^TIME first (\d+) last (\d+)$/m.exec(text)
  return match ? Number(match[2]) - Number(match[1]) : 0
}

/** The error of a top that is not what the emitter makes. */
export const notATop = (top: string, message: string) =>
  new TlastError({
    code: "HLS_TOP",
    where: `${top}.cpp`,
    message,
    hint: "the top holds #pragma HLS DATAFLOW, streams, and calls of processes that share them; build it again to start afresh",
  })
