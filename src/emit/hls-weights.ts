import type {NumberFormat} from "../graph/format.ts"
import {biasBits, executeHeader, type LoadTarget} from "../graph/packets.ts"
import type {HlsArchitecture, HlsLinear} from "../plan/hls/architecture.ts"
import {banner, topName} from "./hls-top.ts"

/** <name>_weights.h: the types of every tensor, and weights, biases and shifts as folded. */
export function emitHlsWeights(architecture: HlsArchitecture): string {
  const {network, options, tensors, linear} = architecture
  const name = topName(network.name)
  const guard = `${name.toUpperCase()}_WEIGHTS_H`
  const header = options.packets === "header" ? packetTables(architecture) : ""
  return `${banner(architecture, "types of the tensors, and what the layers hold")}
// Arrays are [FOLDS][PE][BEATS][SIMD]: [out][ky][kx][in] in memory order, so the folding moves no weight.
#ifndef ${guard}
#define ${guard}

#include "tlast/${options.packets === "header" ? "packets" : "types"}.h"

${tensors.map(({type, format}) => typedef(type, format)).join("\n")}
${header}
${linear.map((layer) => linearText(layer, options.weights === "loadable")).join("\n")}
#endif
`
}

const typedef = (type: string, format: NumberFormat) =>
  `typedef ${format.signed ? "ap_int" : "ap_uint"}<${format.bits}> ${type};  // value = integer * 2^-${format.fraction}`

function linearText({layer, folds, pe, beats, simd, sumBits, loads}: HlsLinear, loadable: boolean): string {
  const {name, weights, bias, requantise} = layer
  const holds = (kind: LoadTarget["kind"]) =>
    loads.some(({target}) => target.kind === kind) ? "static" : "static const"
  const taps = beats * simd
  const row = (out: number, beat: number) =>
    braces(Array.from(weights.subarray(out * taps + beat * simd, out * taps + (beat + 1) * simd)))
  const output = (out: number) => `{${Array.from({length: beats}, (_, beat) => row(out, beat)).join(", ")}}`
  const fold = (index: number) =>
    `  {${Array.from({length: pe}, (_, p) => wrap(output(index * pe + p))).join(",\n   ")}}`
  const weightBits = loadable ? 8 : layer.weightBits
  const values = loadable
    ? `static ${name}_weight_t ${name}_weights[${folds}][${pe}][${beats}][${simd}];  // loaded over the stream`
    : `static const ${name}_weight_t ${name}_weights[${folds}][${pe}][${beats}][${simd}] = {
${Array.from({length: folds}, (_, index) => fold(index)).join(",\n")}};`
  const split = (list: ArrayLike<number>) =>
    wrap(`{${Array.from({length: folds}, (_, f) => braces(Array.from(list).slice(f * pe, (f + 1) * pe))).join(", ")}}`)
  const shifts =
    requantise === undefined
      ? ""
      : `${holds("shift")} ap_uint<5> ${name}_shifts[${folds}][${pe}] = ${split(requantise.shifts)};\n`
  return `
// ${name}: ${folds * pe} outputs of ${taps} inputs; a sum holds the worst case of ${loadable ? "any 8-bit weights" : "these weights"}.
typedef tlast::weight<${weightBits}>::type ${name}_weight_t;
typedef ap_int<${sumBits}> ${name}_sum_t;
${values}
${holds("biases")} ${name}_sum_t ${name}_bias[${folds}][${pe}] = ${split(bias)};
${shifts}`
}

const braces = (values: readonly number[]) => `{${values.join(", ")}}`

/** Long lists broken at commas: some tools read lines into fixed buffers. */
function wrap(text: string): string {
  return text.replace(/(.{90,110}?, )/g, (part) => `${part.trimEnd()}\n    `)
}

/** The headers packet_slave compares with. */
function packetTables({network, targets}: HlsArchitecture): string {
  const execute = executeHeader(network, 1)
  const rows = targets.map(({header, words, kind, layer}) => {
    const named = {weights: "WEIGHTS", biases: "BIASES", shift: "SHIFT"}[kind]
    const high = kind === "biases" ? biasBits(network, layer) - 16 : 0
    return `    {${header.status}, ${header.kernelDim}, ${header.inputChannels}, ${header.outputChannels}, ${words}, tlast::${named}, ${high}},  // ${layer.name} ${kind}`
  })
  // An array may not be empty; status 0 is execute, so this row is never found.
  const none = "    {0, 0, 0, 0, 0, tlast::SHIFT, 0},  // nothing can be loaded"
  return `
// inputChannels, inputDim, outputChannels of an execute packet.
static const tlast::execute_header execute_header = {${execute.inputChannels}, ${execute.inputDim}, ${execute.outputChannels}};

// status, kernelDim, inputChannels, outputChannels, words, kind, high bits of a bias.
static const tlast::load_target load_targets[${Math.max(1, rows.length)}] = {
${rows.length === 0 ? none : rows.join("\n")}
};
`
}
