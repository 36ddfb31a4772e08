import type {HlsArchitecture, HlsFifo, HlsLinear, HlsProcess} from "../plan/hls/architecture.ts"
import {loadStream, roundingName} from "../plan/hls/names.ts"

/** Words that C++, its library's macros or the HLS headers keep for themselves. */
const RESERVED = new Set(
  `alignas alignof and asm assert auto bitand bitor bool break case catch char class compl const constexpr continue
  decltype default delete do double else enum errno explicit export extern false float for friend goto hls if inline int
  long main mutable namespace new noexcept not nullptr operator or private protected public register return short signed
  sizeof slave static std stdin stdout stderr struct switch template this throw tlast true try typedef typeid typename
  union unsigned using virtual void volatile while xor abort exit free malloc read write printf index time clock signal
  NULL EOF BUFSIZ RAND_MAX execute_header load_targets note word`.split(/\s+/),
)

/** The network's name as a C++ function: with _net after it where C++ has the word, or ours end alike. */
export const topName = (name: string): string => (RESERVED.has(name) || name.endsWith("_t") ? `${name}_net` : name)

/** First lines of every emitted file. */
export function banner({network, options}: HlsArchitecture, what: string): string {
  const model = options.modelHash === "" ? "" : `, model ${options.modelHash.slice(0, 16)}`
  return `// ${topName(network.name)}: ${what}.
// Made by tlast from network ${network.name}${model}; \`tlast build --backend hls\` makes it again.`
}

/** C++ types of the beats at the ports. */
export const portBits = ({options}: HlsArchitecture): {readonly input: number; readonly output: number} =>
  options.packets === "header" ? {input: 16, output: 16} : {input: options.dataBits, output: 32}

/** <name>.cpp: the top, a dataflow of layers. */
export function emitHlsTop(architecture: HlsArchitecture): string {
  const {network, options, processes, fifos, linear, interval} = architecture
  const name = topName(network.name)
  const headers = [...new Set([...processes.map(({header}) => header), ...loadHeaders(architecture)])].sort()
  const image = options.packets === "raw" ? "one image" : "one image, and the packet words around it"
  return `${banner(architecture, `the accelerator; one call is ${image}`)}
//
// Predicted: ${interval} clocks an image, the slowest process below (from its steps; not synthesised, not measured).
#include "${name}.h"

#include "${name}_weights.h"
${headers.map((header) => `#include "tlast/${header}"`).join("\n")}
${loadFunctions(architecture, linear)}
${signature(architecture)} {
// AXI4-Stream ports only: no control port, always running.
#pragma HLS INTERFACE axis port=s_axis
#pragma HLS INTERFACE axis port=m_axis
${options.packets === "raw" ? "#pragma HLS INTERFACE ap_none port=short_images\n" : ""}#pragma HLS INTERFACE ap_ctrl_none port=return
#pragma HLS DATAFLOW

${fifos.map(fifoText).join("\n")}

${processes.map(processText).join("\n")}
}
`
}

/** <name>.h: the ports. */
export function emitHlsHeader(architecture: HlsArchitecture): string {
  const name = topName(architecture.network.name)
  const guard = `${name.toUpperCase()}_H`
  const {input, output} = portBits(architecture)
  return `${banner(architecture, "the ports")}
#ifndef ${guard}
#define ${guard}

#include "ap_axi_sdata.h"
#include "ap_int.h"
#include "hls_stream.h"

typedef ap_axiu<${input}, 0, 0, 0> ${name}_in;    // s_axis: ${architecture.options.packets === "header" ? "a word" : `${architecture.options.lanes} element(s), lane 0 low`}
typedef ap_axiu<${output}, 0, 0, 0> ${name}_out;  // m_axis: a ${architecture.options.packets === "header" ? "word" : "result"}

${signature(architecture)};

#endif
`
}

/** tb_<name>.cpp: vectors in, every beat compared. */
export function emitHlsTestBench(architecture: HlsArchitecture): string {
  const name = topName(architecture.network.name)
  const {input, output} = portBits(architecture)
  const raw = architecture.options.packets === "raw"
  const outputs = raw ? "s_axis, m_axis, short_images" : "s_axis, m_axis"
  return `${banner(architecture, "test bench for C simulation and co-simulation")}
// Usage: tb_${name} [input vectors] [expected vectors]; exit code 0 when every beat is right.
#include "${name}.h"
#include "tlast/test_bench.h"

static void step(hls::stream<${name}_in>& s_axis, hls::stream<${name}_out>& m_axis) {
${raw ? "  ap_uint<16> short_images;\n" : ""}  ${name}(${outputs});
}

int main(int argc, char** argv) {
  const char* in_path = argc > 1 ? argv[1] : "${name}_in.txt";
  const char* out_path = argc > 2 ? argv[2] : "${name}_out.txt";
  return tlast::run_vectors<${input}, ${output}>(in_path, out_path, step);
}
`
}

function signature({network, options}: HlsArchitecture): string {
  const name = topName(network.name)
  const ports = [`hls::stream<${name}_in>& s_axis`, `hls::stream<${name}_out>& m_axis`]
  return `void ${name}(${[...ports, ...(options.packets === "raw" ? ["ap_uint<16>& short_images"] : [])].join(", ")})`
}

const fifoText = ({name, type, depth, why}: HlsFifo) =>
  `  hls::stream<${type}${type.endsWith(">") ? " " : ""}> ${name}("${name}");
#pragma HLS STREAM variable=${name} depth=${depth}${why === "neighbours in step" ? "" : `\n  // ^ ${why}`}`

const processText = ({callee, arguments: args, comment, cycles}: HlsProcess) =>
  `  // ${comment}: ${cycles} steps\n  ${callee}(${args.join(", ")});`

const loadHeaders = ({targets, options}: HlsArchitecture) =>
  options.packets === "header" && targets.length > 0 ? ["loadable.h"] : []

/** Of loadable builds: which load goes to which layer, and the layers with their loads in front. */
function loadFunctions(architecture: HlsArchitecture, linear: readonly HlsLinear[]): string {
  if (architecture.options.packets !== "header") return ""
  return [routeLoads(architecture), ...linear.flatMap((layer) => loadedLayer(layer, architecture))].join("\n")
}

function routeLoads({network, targets}: HlsArchitecture): string {
  const parameters = [
    "hls::stream<tlast::word>& loads",
    ...targets.map((t) => `hls::stream<tlast::word>& ${loadStream(t)}`),
  ]
  const head = `
static void ${network.name}_route_loads(${parameters.join(",\n    ")})`
  if (targets.length === 0) return `${head} {\n  loads.read();  // weights are constant: always 0\n}\n`
  return `${head} {
  const int target = loads.read();
${targets.map((t, index) => `  ${loadStream(t)}.write(target == ${index + 1});`).join("\n")}
  const int words = target == 0 ? 0 : load_targets[target - 1].words;
  for (int i = 0; i < words; ++i) {
#pragma HLS PIPELINE II=1
    const tlast::word value = loads.read();
    switch (target) {
${targets.map((t, index) => `      case ${index + 1}: ${loadStream(t)}.write(value); break;`).join("\n")}
    }
  }
}
`
}

function loadedLayer({layer, loads, pe, simd, vectors}: HlsLinear, {tensors, network}: HlsArchitecture): string[] {
  const {name} = layer
  const input = inputType(layer.inputs[0] ?? "input", network, tensors)
  const stream = (type: string, pack: number) => `hls::stream<tlast::pack<${type}, ${pack}> >&`
  const own = loads.filter(({target}) => target.kind !== "shift")
  const parameters = own.map(({target}) => `hls::stream<tlast::word>& ${loadStream(target)}`)
  const calls = own.map(
    ({target}) =>
      `  tlast::load_${target.kind}(${loadStream(target)}, ${name}_${target.kind === "weights" ? "weights" : "bias"});`,
  )
  const text: string[] = []
  if (own.length > 0)
    text.push(`
static void ${name}_layer(${parameters.join(", ")},
    ${stream(input, simd)} in, ${stream(`${name}_sum_t`, pe)} sums) {
${calls.join("\n")}
  tlast::${layer.kind === "dense" ? "dense" : `conv2d<${vectors}>`}(in, sums, ${name}_weights, ${name}_bias);
}
`)
  const shift = loads.find(({target}) => target.kind === "shift")
  if (shift && layer.requantise) {
    const {rounding, relu, overflow} = layer.requantise
    text.push(`
static void ${name}_requantise(hls::stream<tlast::word>& ${loadStream(shift.target)},
    ${stream(`${name}_sum_t`, pe)} sums, ${stream(`${name}_t`, pe)} values) {
  tlast::load_shift(${loadStream(shift.target)}, ${name}_shifts);
  tlast::requantise<${vectors}, ${roundingName(rounding, layer.kind)}, ${relu}, tlast::${overflow.toUpperCase()}>(sums, values, ${name}_shifts);
}
`)
  }
  return text
}

/** The type of a tensor: pools and flattens keep that of what they read. */
function inputType(source: string, network: HlsArchitecture["network"], tensors: HlsArchitecture["tensors"]): string {
  const layer = network.layers.find(({name}) => name === source)
  if (layer === undefined) return "input_t"
  if (layer.kind === "flatten" || layer.kind === "maxPool2d")
    return inputType(layer.inputs[0] ?? "input", network, tensors)
  return layer.requantise ? `${layer.name}_t` : `${layer.name}_sum_t`
}
