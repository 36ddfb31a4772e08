import {at, bug} from "../../errors.ts"
import type {NumberFormat} from "../../graph/format.ts"
import type {IntegerLayer, IntegerNetwork, LinearLayer} from "../../graph/integer.ts"
import {type LoadTarget, loadTargets} from "../../graph/packets.ts"
import {refuseUnsupported} from "../../graph/support.ts"
import {type Draft, deepFifos, type Wire} from "./draft.ts"
import {linearLayer} from "./linear.ts"
import {checkOptions, type HlsOptions, unsupported} from "./options.ts"
import {pool} from "./pool.ts"
import {master, packetSlave, slave} from "./ports.ts"

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

/**
 * The plan of an HLS build: the network on the layers of hls/tlast, as processes, FIFOs and foldings. Requested foldings
 * that do not divide a layer are rounded up to the next that does; the depths of the FIFOs come from the processes'
 * schedule. Throws HLS_UNSUPPORTED, saying what to change.
 */
export function hlsArchitecture(network: IntegerNetwork, options: HlsOptions): HlsArchitecture {
  refuseUnsupported(network.layers, "the HLS backend", [], "use --backend rtl for this network")
  checkOptions(network, options)
  const targets = options.weights === "loadable" ? loadTargets(network, options.loadable) : []
  const draft: Draft = {
    ...{network, options, targets},
    ...{fifos: [], processes: [], traffic: [], linear: [], tensors: []},
  }
  let wire = options.packets === "raw" ? slave(draft) : packetSlave(draft)
  for (const [index, layer] of network.layers.entries()) {
    const expected = index === 0 ? "input" : at(network.layers, index - 1).name
    if (layer.inputs.length !== 1 || layer.inputs[0] !== expected)
      throw unsupported(
        `layer ${layer.name}`,
        `reads ${layer.inputs.join(", ")}; the HLS backend takes chains, where it would read ${expected}`,
        "use --backend rtl for this network",
      )
    wire = addLayer(draft, layer, wire)
  }
  master(draft, wire)
  const {processes, linear, tensors} = draft
  const interval = Math.max(...processes.map(({cycles}) => cycles))
  return {network, options, fifos: deepFifos(draft), processes, linear, tensors, targets, interval}
}

function addLayer(draft: Draft, layer: IntegerLayer, wire: Wire): Wire {
  switch (layer.kind) {
    case "flatten":
      return {...wire, shape: layer.output.shape}
    case "maxPool2d":
      return pool(draft, layer, wire)
    case "conv2d":
    case "dense":
      return linearLayer(draft, layer, wire)
    default:
      throw bug("hlsArchitecture", `${layer.kind} was not refused`)
  }
}
