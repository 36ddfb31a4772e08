import {at, bug, TlastError} from "../errors.ts"
import {type NumberFormat, type Rounding, signedBits} from "../graph/format.ts"
import type {IntegerLayer, IntegerMaxPool2d, IntegerNetwork, LinearLayer} from "../graph/integer.ts"
import {type Loadable, type LoadTarget, loadTargets} from "../graph/packets.ts"
import {accumulatorRange, tensorRanges} from "../graph/range.ts"
import {elements, type Shape} from "../graph/shape.ts"

/** Multipliers of a linear layer: pe outputs times simd inputs a step. */
export interface HlsFolding {
  readonly pe: number
  readonly simd: number
}

/** What the HLS emitter needs of a plan. Every field has the plan's meaning. */
export interface HlsOptions {
  readonly packets: "raw" | "header"
  readonly weights: "constant" | "loadable"
  /** Elements a beat of s_axis; header packets have one. */
  readonly lanes: number
  /** Bits of s_axis_tdata in raw packets, and of an element in it: lane i is tdata[elementBits * i +: elementBits]. */
  readonly dataBits: number
  readonly elementBits: number
  readonly output: "logits" | "class"
  /** Of header packets: width of a result, and what can be loaded besides weights. */
  readonly loadable: Loadable
  /** By layer; a layer without gets the smallest folding that keeps up with one pixel a clock. */
  readonly folding: Readonly<Record<string, HlsFolding>>
  readonly part: string
  readonly clockMhz: number
  /** SHA-256 of the model, for the comment at the top of each file. */
  readonly modelHash: string
}

export const defaultHlsOptions: HlsOptions = {
  packets: "raw",
  weights: "constant",
  lanes: 1,
  dataBits: 8,
  elementBits: 8,
  output: "logits",
  loadable: {results: 16, biases: true, shifts: true},
  folding: {},
  part: "xc7z020clg400-1",
  clockMhz: 100,
  modelHash: "",
}

/** A FIFO between two processes. */
export interface HlsFifo {
  readonly name: string
  /** C++ type of its words. */
  readonly type: string
  readonly depth: number
  /** Why it is as deep as it is. */
  readonly why: string
}

/** One dataflow process: a call in the top. */
export interface HlsProcess {
  /** "conv1", or "slave": what it does in the network. */
  readonly name: string
  /** Header that declares it, without folder. */
  readonly header: string
  /** Function with its explicit template arguments. */
  readonly callee: string
  readonly arguments: readonly string[]
  /** Predicted steps an image, at one iteration a clock and without the filling of pipelines. */
  readonly cycles: number
  readonly comment: string
}

/** A linear layer as folded: its arrays are [folds][pe][beats][simd]. */
export interface HlsLinear {
  readonly layer: LinearLayer
  readonly vectors: number
  readonly folds: number
  readonly pe: number
  readonly beats: number
  readonly simd: number
  readonly sumBits: number
  readonly loads: readonly {readonly target: LoadTarget; readonly number: number}[]
}

export interface HlsArchitecture {
  readonly network: IntegerNetwork
  readonly options: HlsOptions
  readonly fifos: readonly HlsFifo[]
  readonly processes: readonly HlsProcess[]
  readonly linear: readonly HlsLinear[]
  /** Type names of the tensors, "input" and by layer, with their formats. */
  readonly tensors: readonly {readonly type: string; readonly format: NumberFormat}[]
  readonly targets: readonly LoadTarget[]
  /** Predicted clocks between images: the slowest process. */
  readonly interval: number
}

/** What is on the wire between two processes: a tensor in packs of `pack` elements. */
interface Wire {
  readonly stream: string
  readonly type: string
  readonly pack: number
  readonly shape: Shape
  /** Steps between packs within a burst, and packs in one: a pooling layer's output comes in rows. */
  readonly burst?: {readonly count: number; readonly spacing: number}
}

/**
 * Maps a network on the layers of hls/tlast: processes, FIFOs and folding. Requested foldings that do not divide a layer
 * are rounded up to the next that does. Throws HLS_UNSUPPORTED, saying what to change.
 */
export function hlsArchitecture(network: IntegerNetwork, options: HlsOptions): HlsArchitecture {
  const builder = new Builder(network, options)
  return builder.build()
}

class Builder {
  readonly #fifos: HlsFifo[] = []
  readonly #processes: HlsProcess[] = []
  readonly #linear: HlsLinear[] = []
  readonly #tensors: {type: string; format: NumberFormat}[] = []
  readonly #targets: readonly LoadTarget[]
  readonly #network: IntegerNetwork
  readonly #options: HlsOptions

  constructor(network: IntegerNetwork, options: HlsOptions) {
    this.#network = network
    this.#options = options
    this.#targets = options.weights === "loadable" ? loadTargets(network, options.loadable) : []
    checkOptions(network, options)
  }

  build(): HlsArchitecture {
    const network = this.#network
    let wire = this.#options.packets === "raw" ? this.#slave() : this.#packetSlave()
    for (const [index, layer] of network.layers.entries()) {
      const expected = index === 0 ? "input" : at(network.layers, index - 1).name
      if (layer.inputs.length !== 1 || layer.inputs[0] !== expected)
        throw unsupported(
          `layer ${layer.name}`,
          `reads ${layer.inputs.join(", ")}; the HLS backend takes chains, where it would read ${expected}`,
          "use --backend rtl for this network",
        )
      wire = this.#layer(layer, wire)
    }
    this.#master(wire)
    return {
      network,
      options: this.#options,
      fifos: this.#fifos,
      processes: this.#processes,
      linear: this.#linear,
      tensors: this.#tensors,
      targets: this.#targets,
      interval: Math.max(...this.#processes.map(({cycles}) => cycles)),
    }
  }

  #fifo(name: string, type: string, depth: number, why: string): string {
    this.#fifos.push({name, type, depth, why})
    return name
  }

  #packs(name: string, type: string, pack: number, depth = 2, why = "neighbours in step"): string {
    return this.#fifo(name, `tlast::pack<${type}, ${pack}>`, depth, why)
  }

  #slave(): Wire {
    const {input} = this.#network
    const {lanes, dataBits, elementBits} = this.#options
    this.#tensors.push({type: "input_t", format: input.format})
    const pack = commonDivisor(lanes, input.shape.channels)
    const count = elements(input.shape)
    this.#packs("pixels", "input_t", pack)
    this.#fifo("ends_packet", "bool", 4, "a flag an image, for the images under way")
    this.#processes.push({
      name: "slave",
      header: "slave.h",
      callee: `tlast::slave<input_t, ${dataBits}, ${elementBits}, ${lanes}, ${pack}, ${count}>`,
      arguments: ["s_axis", "pixels", "ends_packet", "short_images"],
      cycles: count / pack,
      comment: `beats of ${lanes} to ${pack === 1 ? "pixels" : `packs of ${pack}`}`,
    })
    return {stream: "pixels", type: "input_t", pack, shape: input.shape}
  }

  #packetSlave(): Wire {
    const {input, name} = this.#network
    this.#tensors.push({type: "input_t", format: input.format})
    const count = elements(input.shape)
    this.#packs("pixels", "input_t", 1)
    this.#fifo("notes", "tlast::note", 16, "a header and what follows it")
    this.#fifo("loads", "tlast::word", 2, "neighbours in step")
    this.#processes.push({
      name: "packet_slave",
      header: "packet_slave.h",
      callee: `tlast::packet_slave<input_t, ${count}>`,
      arguments: ["s_axis", "pixels", "loads", "notes", "load_targets", "execute_header"],
      cycles: count,
      comment: "headers checked, images to the layers, loads to whom they are for",
    })
    const streams = this.#targets.map((target) =>
      this.#fifo(loadStream(target), "tlast::word", 2, "neighbours in step"),
    )
    this.#processes.push({
      name: "route_loads",
      header: "packets.h",
      callee: `${name}_route_loads`,
      arguments: ["loads", ...streams],
      cycles: 1,
      comment: "each layer is told before each image whether a load comes first",
    })
    return {stream: "pixels", type: "input_t", pack: 1, shape: input.shape}
  }

  #layer(layer: IntegerLayer, wire: Wire): Wire {
    switch (layer.kind) {
      case "flatten":
        return {...wire, shape: layer.output.shape}
      case "maxPool2d":
        return this.#pool(layer, wire)
      case "conv2d":
      case "dense":
        return this.#linearLayer(layer, wire)
    }
  }

  #pool(layer: IntegerMaxPool2d, wire: Wire): Wire {
    const {height, width, channels} = wire.shape
    const stream = `${layer.name}_values`
    const packs = channels / wire.pack
    // Within the last row of a block, a block's packs come every `width` of the pool pixels.
    const count = layer.output.shape.width * packs
    this.#packs(stream, wire.type, wire.pack)
    this.#processes.push({
      name: layer.name,
      header: "max_pool2d.h",
      callee: `tlast::max_pool2d<${[wire.type, wire.pack, height, width, channels, layer.size.height, layer.size.width].join(", ")}>`,
      arguments: [wire.stream, stream],
      cycles: height * width * packs,
      comment: `largest of each ${layer.size.height}x${layer.size.width}`,
    })
    return {...wire, stream, shape: layer.output.shape, burst: {count, spacing: packs > 1 ? 1 : layer.size.width}}
  }

  #linearLayer(layer: LinearLayer, wire: Wire): Wire {
    const {shape} = layer.output
    const folded = this.#fold(layer)
    const {vectors, folds, pe, beats, simd} = folded
    this.#linear.push(folded)
    const resized =
      layer.kind === "dense" ? this.#resize(layer.name, wire, simd, beats * folds) : this.#window(layer, wire, simd)
    const sumType = `${layer.name}_sum_t`
    const sums = this.#packs(`${layer.name}_sums`, sumType, pe)
    const loads = folded.loads.filter(({target}) => target.kind !== "shift")
    const plain = `tlast::${layer.kind === "dense" ? "dense" : `conv2d<${vectors}>`}`
    this.#processes.push({
      name: layer.name,
      header: layer.kind === "dense" ? "dense.h" : "conv2d.h",
      callee: loads.length > 0 ? `${layer.name}_layer` : plain,
      arguments:
        loads.length > 0
          ? [...loads.map(({target}) => loadStream(target)), resized, sums]
          : [resized, sums, `${layer.name}_weights`, `${layer.name}_bias`],
      cycles: vectors * beats * folds,
      comment: `${vectors === 1 ? "" : `${vectors} positions, `}${pe} of ${shape.channels} outputs x ${simd} of ${simd * beats} inputs a step`,
    })
    const tensor = {type: `${layer.name}_t`, format: layer.output.format}
    if (layer.requantise === undefined) return {stream: sums, type: sumType, pack: pe, shape}
    this.#tensors.push(tensor)
    const values = this.#packs(`${layer.name}_values`, tensor.type, pe)
    const {rounding, relu, overflow} = layer.requantise
    const shift = folded.loads.find(({target}) => target.kind === "shift")
    const mode = roundingName(rounding, layer.kind)
    this.#processes.push({
      name: `${layer.name} requantise`,
      header: "requantise.h",
      callee: shift
        ? `${layer.name}_requantise`
        : `tlast::requantise<${vectors}, ${mode}, ${relu}, tlast::${overflow.toUpperCase()}>`,
      arguments: shift ? [loadStream(shift.target), sums, values] : [sums, values, `${layer.name}_shifts`],
      cycles: vectors * folds,
      comment: `${rounding}${relu ? ", relu" : ""}, ${overflow} to ${layer.output.format.bits} bits`,
    })
    return {stream: values, type: tensor.type, pack: pe, shape}
  }

  #fold(layer: LinearLayer): HlsLinear {
    const outputs = layer.output.shape.channels
    const taps = layer.weights.length / outputs
    const vectors = layer.kind === "dense" ? 1 : elements(layer.output.shape) / outputs
    const asked = this.#options.folding[layer.name] ?? this.#cheapest(vectors, outputs, taps)
    const pe = divisorFrom(outputs, asked.pe)
    const simd = divisorFrom(taps, asked.simd)
    const range = tensorRanges(this.#network).get(at(layer.inputs, 0))
    if (range === undefined) throw bug("hls", `${layer.name} reads an unknown tensor`)
    const loads = this.#targets.flatMap((target, index) =>
      target.layer === layer ? [{target, number: index + 1}] : [],
    )
    const exact = accumulatorRange(layer, range).map(signedBits)
    return {
      layer,
      vectors,
      folds: outputs / pe,
      pe,
      beats: taps / simd,
      simd,
      // Loaded weights are unknown here, so their sums get all that golden gives them.
      sumBits: this.#options.weights === "loadable" ? 32 : Math.max(...exact, 2),
      loads,
    }
  }

  /** The fewest multipliers that take no longer than the pixels do, one a clock. */
  #cheapest(vectors: number, outputs: number, taps: number): HlsFolding {
    const budget = Math.max(elements(this.#network.input.shape), vectors)
    let best = {pe: outputs, simd: taps}
    for (const pe of divisors(outputs))
      for (const simd of divisors(taps)) {
        const steps = (vectors * outputs * taps) / (pe * simd)
        // Of equal cost the wider input: fewer accumulators are read and written a step.
        if (
          steps <= budget &&
          (pe * simd < best.pe * best.simd || (pe * simd === best.pe * best.simd && simd < best.simd))
        )
          best = {pe, simd}
      }
    return best
  }

  #window(layer: LinearLayer, wire: Wire, simd: number): string {
    if (layer.kind !== "conv2d") throw bug("hls", "only a convolution has windows")
    const {height, width, channels} = wire.shape
    const slots = (width * channels) / wire.pack
    if (layer.kernel.height > 1 && slots < 4)
      throw unsupported(
        `layer ${layer.name}`,
        `a row of its input is ${slots} packs long, and the line buffer needs 4`,
        "use --backend rtl for this network, or a wider image",
      )
    const stream = this.#packs(`${layer.name}_patches`, wire.type, simd)
    const taps = layer.kernel.height * layer.kernel.width * channels
    const vectors = elements(layer.output.shape) / layer.output.shape.channels
    this.#processes.push({
      name: `${layer.name} window`,
      header: "window.h",
      callee: `tlast::window<${[wire.type, wire.pack, simd, height, width, channels, layer.kernel.height, layer.kernel.width].join(", ")}>`,
      arguments: [wire.stream, stream],
      cycles: height * slots + vectors * (taps / simd - 1),
      comment: `patches of ${layer.kernel.height}x${layer.kernel.width}x${channels}`,
    })
    return stream
  }

  /** The wire in packs of `simd`, deep enough for a burst that the layer takes `steps` steps an image to serve. */
  #resize(layer: string, wire: Wire, simd: number, steps: number): string {
    const count = elements(wire.shape)
    this.#deepen(wire, (steps * wire.pack) / count)
    let {stream, pack} = wire
    const common = commonDivisor(pack, simd)
    for (const next of pack === simd ? [] : common === pack || common === simd ? [simd] : [common, simd]) {
      const name = next === simd ? `${layer}_inputs` : `${layer}_narrowed`
      this.#packs(name, wire.type, next)
      this.#processes.push({
        name: `${layer} resize`,
        header: "resize.h",
        callee: `tlast::resize<${count}>`,
        arguments: [stream, name],
        cycles: count / Math.min(pack, next),
        comment: `packs of ${pack} to packs of ${next}`,
      })
      stream = name
      pack = next
    }
    return stream
  }

  /** A burst of B packs, one every ta steps, served one every ts: ceil(B (1 - ta / ts)) + 1 words. */
  #deepen(wire: Wire, service: number): void {
    const index = this.#fifos.findIndex(({name}) => name === wire.stream)
    const fifo = at(this.#fifos, index)
    if (wire.burst === undefined || service <= wire.burst.spacing) return
    const {count, spacing} = wire.burst
    const depth = Math.max(2, Math.ceil(count * (1 - spacing / service)) + 1)
    this.#fifos[index] = {...fifo, depth, why: `a row of ${count}, one every ${spacing} steps, served every ${service}`}
  }

  #master(wire: Wire): void {
    const {packets, output, loadable} = this.#options
    const last = at(this.#network.layers, this.#network.layers.length - 1)
    const outputs = elements(last.output.shape)
    const packs = outputs / wire.pack
    if (packets === "raw") {
      this.#processes.push({
        name: "master",
        header: "master.h",
        callee: `tlast::${output === "class" ? "master_class" : "master"}<${wire.type}, ${wire.pack}, ${outputs}>`,
        arguments: [wire.stream, "ends_packet", "m_axis"],
        cycles: outputs,
        comment: output === "class" ? "the largest, one beat an image" : `${outputs} results, a beat each`,
      })
      return
    }
    const index = this.#fifos.findIndex(({name}) => name === wire.stream)
    const streams = this.#network.layers.filter((layer) => layer.kind !== "flatten").at(-1)?.kind !== "dense"
    // Results wait for the image to be whole: without room for all of them the image could not come in.
    if (streams)
      this.#fifos[index] = {
        ...at(this.#fifos, index),
        depth: packs + 2,
        why: "all results of an image, held until it is whole",
      }
    const words = Math.max(2, (outputs * loadable.results) / 16)
    this.#processes.push({
      name: "packet_master",
      header: "packet_master.h",
      callee: `tlast::packet_master<${loadable.results}, ${wire.type}, ${wire.pack}, ${outputs}>`,
      arguments: [wire.stream, "notes", "m_axis"],
      cycles: words,
      comment: `${outputs} results of ${loadable.results} bits, and the header or a fault`,
    })
  }
}

/** "conv1_weights_load" */
export const loadStream = ({layer, kind}: LoadTarget): string => `${layer.name}_${kind}_load`

/** The rounding as hls/tlast/requantise.h names it. */
export function roundingName(rounding: Rounding, kind: LinearLayer["kind"]): string {
  if (rounding === "tflite") return kind === "conv2d" ? "tlast::TFLITE_CONV" : "tlast::TFLITE_DENSE"
  return `tlast::${rounding.toUpperCase().replace("-", "_")}`
}

function checkOptions(
  {name, input, layers}: IntegerNetwork,
  {packets, weights, lanes, output, dataBits, elementBits}: HlsOptions,
): void {
  const where = `network ${name}`
  if (layers.every(({kind}) => kind === "flatten"))
    throw unsupported(where, "has no layer that computes", "add a dense layer")
  if (input.format.bits > 8)
    throw unsupported(
      where,
      `its input has ${input.format.bits} bits; a lane is a byte`,
      "use inputs of at most 8 bits",
    )
  if (packets === "raw" && weights === "loadable")
    throw unsupported(
      where,
      "raw packets carry images only, so no weights can be loaded",
      'use packets "header", or weights "constant"',
    )
  if (packets === "header" && (lanes !== 1 || output !== "logits"))
    throw unsupported(
      where,
      `header packets have one element a word and answer with logits; found ${lanes} lanes, output ${output}`,
      "use lanes 1 and output logits, or packets raw",
    )
  if (lanes * elementBits > dataBits || input.format.bits > elementBits || dataBits > 64 || dataBits % 8 !== 0)
    throw unsupported(
      where,
      `${lanes} lanes of ${elementBits} bits do not go into a beat of ${dataBits}, or its input not into a lane`,
      "use a stream of 8, 16, 32 or 64 bits that holds them",
    )
  if (elements(input.shape) % lanes !== 0)
    throw unsupported(
      where,
      `its image has ${elements(input.shape)} elements and the stream ${lanes} lanes`,
      "use lanes that divide the image",
    )
}

const unsupported = (where: string, message: string, hint: string) =>
  new TlastError({code: "HLS_UNSUPPORTED", where, message, hint})

const divisors = (of: number): number[] => Array.from({length: of}, (_, i) => i + 1).filter((i) => of % i === 0)

/** The smallest divisor that is at least `from`. */
function divisorFrom(of: number, from: number): number {
  for (let i = Math.max(1, Math.min(of, from)); i < of; i++) if (of % i === 0) return i
  return of
}

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b))
