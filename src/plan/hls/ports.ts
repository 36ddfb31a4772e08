import {at} from "../../errors.ts"
import {headerFields} from "../../graph/packets.ts"
import {elements} from "../../graph/shape.ts"
import {commonDivisor} from "./divisors.ts"
import {addProcess, type Draft, fifo, packFifo, type Wire} from "./draft.ts"
import {loadStream} from "./names.ts"
import {every, where} from "./schedule.ts"

/** The s_axis port of raw packets: beats to packs of a pixel's neighbouring channels. */
export function slave(draft: Draft): Wire {
  const {input} = draft.network
  const {lanes, dataBits, elementBits} = draft.options
  draft.tensors.push({type: "input_t", format: input.format})
  const pack = commonDivisor(lanes, input.shape.channels)
  const count = elements(input.shape)
  const steps = count / pack
  packFifo(draft, "pixels", "input_t", pack)
  fifo(draft, "ends_packet", "bool")
  addProcess(
    draft,
    {
      name: "slave",
      header: "slave.h",
      callee: `tlast::slave<input_t, ${dataBits}, ${elementBits}, ${lanes}, ${pack}, ${count}>`,
      arguments: ["s_axis", "pixels", "ends_packet", "short_images"],
      cycles: steps,
      comment: `beats of ${lanes} to ${pack === 1 ? "pixels" : `packs of ${pack}`}`,
    },
    {},
    {pixels: every(steps), ends_packet: where(steps, (step) => step === steps - 1)},
  )
  return {stream: "pixels", type: "input_t", pack, shape: input.shape}
}

/** The s_axis port of header packets, and the way of loads to their layers. */
export function packetSlave(draft: Draft): Wire {
  const {input, name} = draft.network
  draft.tensors.push({type: "input_t", format: input.format})
  const count = elements(input.shape)
  packFifo(draft, "pixels", "input_t", 1)
  fifo(draft, "notes", "tlast::note")
  fifo(draft, "loads", "tlast::word")
  const notes = new Uint8Array(count)
  // A packet's first image sends the header and its own note at once, when it is whole.
  notes[count - 1] = headerFields.length + 1
  addProcess(
    draft,
    {
      name: "packet_slave",
      header: "packet_slave.h",
      callee: `tlast::packet_slave<input_t, ${count}>`,
      arguments: ["s_axis", "pixels", "loads", "notes", "load_targets", "execute_header"],
      cycles: count,
      comment: "headers checked, images to the layers, loads to whom they are for",
    },
    {},
    {pixels: every(count), loads: where(count, (step) => step === 0), notes},
  )
  const streams = draft.targets.map((target) => fifo(draft, loadStream(target), "tlast::word"))
  addProcess(
    draft,
    {
      name: "route_loads",
      header: "packets.h",
      callee: `${name}_route_loads`,
      arguments: ["loads", ...streams],
      cycles: 1,
      comment: "each layer is told before each image whether a load comes first",
    },
    {loads: every(1)},
    Object.fromEntries(streams.map((stream) => [stream, every(1)])),
  )
  return {stream: "pixels", type: "input_t", pack: 1, shape: input.shape}
}

/** The m_axis port: results, or their class, in beats. */
export function master(draft: Draft, wire: Wire): void {
  const {packets, output} = draft.options
  const last = at(draft.network.layers, draft.network.layers.length - 1)
  const outputs = elements(last.output.shape)
  if (packets === "header") {
    packetMaster(draft, wire, outputs)
    return
  }
  addProcess(
    draft,
    {
      name: "master",
      header: "master.h",
      callee: `tlast::${output === "class" ? "master_class" : "master"}<${wire.type}, ${wire.pack}, ${outputs}>`,
      arguments: [wire.stream, "ends_packet", "m_axis"],
      cycles: outputs,
      comment: output === "class" ? "the largest, one beat an image" : `${outputs} results, a beat each`,
    },
    {
      [wire.stream]: where(outputs, (step) => step % wire.pack === 0),
      ends_packet: where(outputs, (step) => step === outputs - 1),
    },
    {},
  )
}

function packetMaster(draft: Draft, wire: Wire, outputs: number): void {
  const {results} = draft.options.loadable
  const words = (outputs * results) / 16
  const steps = headerFields.length + Math.max(2, words)
  const result = (step: number) => step - headerFields.length
  addProcess(
    draft,
    {
      name: "packet_master",
      header: "packet_master.h",
      callee: `tlast::packet_master<${results}, ${wire.type}, ${wire.pack}, ${outputs}>`,
      arguments: [wire.stream, "notes", "m_axis"],
      cycles: Math.max(2, words),
      comment: `${outputs} results of ${results} bits, and the header or a fault`,
    },
    {
      // Results wait for the note that their image is whole.
      notes: where(steps, (step) => result(step) <= 0),
      [wire.stream]: where(
        steps,
        (step) => result(step) >= 0 && result(step) < words && result(step) % ((wire.pack * results) / 16) === 0,
      ),
    },
    {},
  )
}
