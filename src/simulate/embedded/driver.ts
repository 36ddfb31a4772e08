import {ConstantPool, type LaneShape, Lanes, type Limb} from "./lanes.ts"
import type {Layout} from "./layout.ts"
import type {Netlist} from "./netlist.ts"
import {FunctionBody, I32, type ModuleFunction, op, simd} from "./wasm.ts"

/** Where a port of the design lies. */
export interface PortPlace {
  readonly address: number
  readonly width: number
}

/** The AXI4-Stream driver's memory: control words, then per-lane arrays, then the mask table. Beats and logs follow `end`. */
export interface DriverLayout {
  readonly source: {
    readonly data: PortPlace
    readonly valid: PortPlace
    readonly ready: PortPlace
    readonly last?: PortPlace
    readonly keep?: PortPlace
  }
  readonly sink: {
    readonly data: PortPlace
    readonly valid: PortPlace
    readonly ready: PortPlace
    readonly last?: PortPlace
    readonly keep?: PortPlace
  }
  readonly control: number
  readonly maskTable: number
  /** Bytes of one beat of all lanes: tdata limbs, tkeep limbs if it has more than 8 bits, one limb of flags. */
  readonly beatBytes: number
  readonly dataLimbs: number
  readonly keepLimbs: number
  /** Bytes of one output record: cycle, flags, tdata in whole 32-bit words. */
  readonly recordBytes: number
  readonly end: number
}

/** Offsets of the driver's control words (i32), and of arrays of one entry a lane. */
export const control = {
  cycle: 0,
  limit: 4,
  sourceSchedule: 8,
  sourceLength: 12,
  sourceLoop: 16,
  sourceIndex: 20,
  sinkSchedule: 24,
  sinkLength: 28,
  sinkLoop: 32,
  sinkIndex: 36,
  remaining: 40,
  progress: 44,
  patience: 48,
  uniform: 52,
  violationCycle: 56,
  held: 64,
  pending: 80,
  withdrawn: 96,
  changed: 112,
  flags: 128,
  position: 144,
  markLog: 176,
  outLog: 208,
  previous: 240,
} as const

/** Bits of a beat's flags limb; tkeep of up to 8 bits lies above. */
export const beatFlag = {last: 1, mark: 2, present: 4, keepShift: 3} as const

/** Why drive() came back. */
export const driveResult = {limit: 0, complete: 1, stuck: 2} as const

/** Undefined where the design has no s_axis and m_axis ports. */
export function layOutDriver(netlist: Netlist, layout: Layout, shape: LaneShape): DriverLayout | undefined {
  const input = (name: string): PortPlace | undefined => {
    const port = netlist.inputs.find((item) => item.name === name)
    const address = port && layout.variables[port.variable]
    const width = port && netlist.variables[port.variable]?.width
    return address === undefined || width === undefined ? undefined : {address, width}
  }
  const output = (name: string): PortPlace | undefined => {
    const port = layout.outputs.find((item) => item.name === name)
    return port && {address: port.address, width: port.bits.length}
  }
  const [sData, sValid, mReady] = [input("s_axis_tdata"), input("s_axis_tvalid"), input("m_axis_tready")]
  const [sReady, mValid, mData] = [output("s_axis_tready"), output("m_axis_tvalid"), output("m_axis_tdata")]
  if (!sData || !sValid || !mReady || !sReady || !mValid || !mData) return undefined
  const [sLast, sKeep, mLast, mKeep] = [
    input("s_axis_tlast"),
    input("s_axis_tkeep"),
    output("m_axis_tlast"),
    output("m_axis_tkeep"),
  ]
  const limbs = (width: number) => Math.ceil(width / shape.width)
  const dataLimbs = limbs(sData.width)
  const keepLimbs = sKeep !== undefined && sKeep.width > 8 ? limbs(sKeep.width) : 0
  const limbBytes = (shape.width / 8) * shape.count
  const outLimbs = limbs(mData.width) + (mKeep === undefined ? 0 : limbs(mKeep.width)) + 1
  const maskTable = layout.end + Math.ceil((control.previous + outLimbs * 16) / 64) * 64
  return {
    source: {data: sData, valid: sValid, ready: sReady, ...(sLast && {last: sLast}), ...(sKeep && {keep: sKeep})},
    sink: {data: mData, valid: mValid, ready: mReady, ...(mLast && {last: mLast}), ...(mKeep && {keep: mKeep})},
    control: layout.end,
    maskTable,
    beatBytes: (dataLimbs + keepLimbs + 1) * limbBytes,
    dataLimbs,
    keepLimbs,
    recordBytes: 8 + 4 * Math.ceil(mData.width / 32),
    end: maskTable + 256 * 16,
  }
}

/**
 * drive(): runs cycles until the limit, until no output word is expected any more, or until nothing has moved for
 * `patience` cycles. Each cycle: offer, be ready, step, look, log. In lanes that agree it moves whole vectors.
 */
export function driverFunction(d: DriverLayout, shape: LaneShape, step: number): ModuleFunction {
  const body = new FunctionBody([])
  const lanes = new Lanes(body, shape, new ConstantPool(0))
  const laneBytes = shape.width / 8
  const limbBytes = lanes.bytes
  const c = (name: keyof typeof control, lane = 0) => d.control + control[name] + 4 * lane
  const readWord = (address: number) => {
    body.i32(0)
    body.op(op.i32_load)
    body.memory(2, address)
  }
  const word = (name: keyof typeof control): number => {
    const local = body.local(I32)
    readWord(c(name))
    body.set(local)
    return local
  }
  const writeWord = (address: number, local: number) => {
    body.i32(0)
    body.get(local)
    body.op(op.i32_store)
    body.memory(2, address)
  }
  const assign = (target: number, limb: Limb) => {
    lanes.push(limb)
    body.set(target)
  }
  const boolean = (place: PortPlace) => lanes.load(place.address)
  const storeBoolean = (place: PortPlace, limb: Limb) => lanes.store(place.address, limb)

  const state = {
    cycle: word("cycle"),
    limit: word("limit"),
    sourceIndex: word("sourceIndex"),
    sinkIndex: word("sinkIndex"),
    remaining: word("remaining"),
    progress: word("progress"),
    uniform: word("uniform"),
  }
  const [sourceSchedule, sourceLength, sourceLoop] = [word("sourceSchedule"), word("sourceLength"), word("sourceLoop")]
  const [sinkSchedule, sinkLength, sinkLoop] = [word("sinkSchedule"), word("sinkLength"), word("sinkLoop")]
  const patience = word("patience")
  const position = body.local(I32)
  readWord(c("position"))
  body.set(position)
  const pointer = body.local(I32)
  const result = body.local(I32)
  const mutable = (name: "held" | "pending" | "flags") => {
    const limb = lanes.load(c(name))
    if (!("local" in limb)) throw new Error("unreachable")
    return limb.local
  }
  const [held, pending, flags] = [mutable("held"), mutable("pending"), mutable("flags")]

  /** The lanes that a schedule lets act in this cycle. */
  const scheduled = (schedule: number, index: number): Limb => {
    body.get(schedule)
    body.get(index)
    body.op(op.i32_add)
    body.op(op.i32_load8_u)
    body.memory(0, 0)
    if (!lanes.vector) {
      body.i32(1)
      body.op(op.i32_and)
      return lanes.take()
    }
    body.i32(4)
    body.op(op.i32_shl)
    body.vector(simd.load)
    body.memory(4, d.maskTable)
    return lanes.take()
  }
  const advance = (index: number, length: number, loop: number) => {
    body.get(loop)
    body.get(index)
    body.i32(1)
    body.op(op.i32_add)
    body.tee(index)
    body.get(index)
    body.get(length)
    body.op(op.i32_eq)
    body.op(op.select)
    body.set(index)
  }
  const when = (push: () => void, then: () => void, otherwise?: () => void) => {
    push()
    body.open(op.if)
    then()
    if (otherwise !== undefined) {
      body.op(op.else)
      otherwise()
    }
    body.op(op.end)
  }
  const eachLane = (limb: Limb, action: (lane: number) => void) => {
    for (let lane = 0; lane < shape.count; lane++)
      when(
        () => lanes.pushLane(limb, lane),
        () => action(lane),
      )
  }
  const moved = () => {
    body.get(state.cycle)
    body.set(state.progress)
  }
  /** One flag of the flags limb as a boolean. */
  const flag = (bit: number): Limb => {
    const at = Math.log2(bit)
    if (!lanes.vector) return lanes.and(lanes.shiftRight({local: flags}, at), lanes.constant(1))
    return lanes.shiftRightSigned(lanes.shiftLeft({local: flags}, shape.width - 1 - at), shape.width - 1)
  }
  /** Sets tlast and tkeep from the flags. */
  const decode = () => {
    const {last, keep} = d.source
    if (last !== undefined) storeBoolean(last, flag(beatFlag.last))
    if (keep !== undefined && d.keepLimbs === 0) {
      if (keep.width === 1) storeBoolean(keep, flag(1 << beatFlag.keepShift))
      else lanes.store(keep.address, lanes.shiftRight({local: flags}, beatFlag.keepShift))
    }
  }
  const outputs = [d.sink.data, d.sink.last, d.sink.keep].filter((place) => place !== undefined)
  const eachOutputLimb = (action: (address: number, saved: number) => void) => {
    let saved = c("previous")
    for (const {address, width} of outputs) {
      for (let i = 0; i < Math.ceil(width / shape.width); i++) {
        action(address + i * limbBytes, saved)
        saved += 16
      }
    }
  }

  const logOutput = (lane: number) => {
    body.i32(0)
    body.op(op.i32_load)
    body.memory(2, c("outLog", lane))
    body.set(pointer)
    body.get(pointer)
    body.get(state.cycle)
    body.op(op.i32_store)
    body.memory(2, 0)
    body.get(pointer)
    const {last, keep} = d.sink
    if (last === undefined) body.i32(0)
    else {
      lanes.pushLane(boolean(last), lane)
      body.i32(1)
      body.op(op.i32_and)
    }
    if (keep !== undefined) {
      lanes.pushLane(lanes.load(keep.address), lane)
      if (keep.width === 1) {
        body.i32(1)
        body.op(op.i32_and)
      }
      body.i32(1)
      body.op(op.i32_shl)
      body.op(op.i32_or)
    }
    body.op(op.i32_store)
    body.memory(2, 4)
    for (let i = 0; i < Math.ceil(d.sink.data.width / shape.width); i++) {
      body.get(pointer)
      lanes.pushLane(lanes.load(d.sink.data.address + i * limbBytes), lane)
      body.op(lanes.pick(op.i32_store16, op.i32_store))
      body.memory(lanes.pick(1, 2), 8 + i * laneBytes)
    }
    body.i32(0)
    body.get(pointer)
    body.i32(d.recordBytes)
    body.op(op.i32_add)
    body.op(op.i32_store)
    body.memory(2, c("outLog", lane))
    body.get(state.remaining)
    body.i32(1)
    body.op(op.i32_sub)
    body.set(state.remaining)
  }
  const logMark = (lane: number) => {
    readWord(c("markLog", lane))
    body.tee(pointer)
    body.get(state.cycle)
    body.op(op.i32_store)
    body.memory(2, 0)
    body.i32(0)
    body.get(pointer)
    body.i32(4)
    body.op(op.i32_add)
    body.op(op.i32_store)
    body.memory(2, c("markLog", lane))
  }

  const fields: {readonly to: number; readonly from: number}[] = []
  for (let i = 0; i < d.dataLimbs; i++) fields.push({to: d.source.data.address + i * limbBytes, from: i * limbBytes})
  for (let i = 0; i < d.keepLimbs; i++)
    fields.push({to: (d.source.keep?.address ?? 0) + i * limbBytes, from: (d.dataLimbs + i) * limbBytes})
  fields.push({to: c("flags"), from: (d.dataLimbs + d.keepLimbs) * limbBytes})

  const nextTogether = () => {
    body.get(position)
    body.i32(d.beatBytes)
    body.op(op.i32_add)
    body.set(position)
    for (const {to, from} of fields) {
      body.i32(0)
      body.get(position)
      if (lanes.vector) body.vector(simd.load)
      else body.op(op.i32_load)
      body.memory(2, from)
      if (lanes.vector) body.vector(simd.store)
      else body.op(op.i32_store)
      body.memory(2, to)
    }
  }
  const nextApart = (fired: Limb) => {
    when(
      () => body.get(state.uniform),
      () => {
        body.i32(0)
        body.set(state.uniform)
        for (let lane = 0; lane < shape.count; lane++) writeWord(c("position", lane), position)
      },
    )
    eachLane(fired, (lane) => {
      body.i32(0)
      readWord(c("position", lane))
      body.i32(d.beatBytes)
      body.op(op.i32_add)
      body.tee(pointer)
      body.op(op.i32_store)
      body.memory(2, c("position", lane))
      for (const {to, from} of fields) {
        body.i32(0)
        body.get(pointer)
        body.op(lanes.pick(op.i32_load16_u, op.i32_load))
        body.memory(lanes.pick(1, 2), from + lane * laneBytes)
        body.op(lanes.pick(op.i32_store16, op.i32_store))
        body.memory(lanes.pick(1, 2), to + lane * laneBytes)
      }
    })
  }

  body.open(op.block)
  body.open(op.loop)
  {
    body.enter()
    const willing = scheduled(sourceSchedule, state.sourceIndex)
    const valid = lanes.and(lanes.or({local: held}, willing), flag(beatFlag.present))
    storeBoolean(d.source.valid, valid)
    const ready = scheduled(sinkSchedule, state.sinkIndex)
    storeBoolean(d.sink.ready, ready)
    body.call(step)
    const sourceFires = lanes.and(valid, boolean(d.source.ready))
    assign(held, lanes.andNot(valid, sourceFires))
    const offered = boolean(d.sink.valid)
    const sinkFires = lanes.and(offered, ready)

    when(
      () => lanes.pushAny({local: pending}),
      () => {
        const withdrawn = lanes.andNot({local: pending}, offered)
        let difference = lanes.constant(0)
        eachOutputLimb((address, saved) => {
          difference = lanes.or(difference, lanes.xor(lanes.load(address), lanes.load(saved)))
        })
        const differs = lanes.negate(lanes.equal(difference, lanes.constant(0)))
        const changed = lanes.and(lanes.and({local: pending}, offered), differs)
        when(
          () => lanes.pushAny(lanes.or(withdrawn, changed)),
          () => {
            lanes.store(c("withdrawn"), lanes.or(lanes.load(c("withdrawn")), withdrawn))
            lanes.store(c("changed"), lanes.or(lanes.load(c("changed")), changed))
            when(
              () => {
                readWord(c("violationCycle"))
                body.i32(-1)
                body.op(op.i32_eq)
              },
              () => writeWord(c("violationCycle"), state.cycle),
            )
          },
        )
      },
    )
    assign(pending, lanes.andNot(offered, ready))
    when(
      () => lanes.pushAny({local: pending}),
      () => eachOutputLimb((address, saved) => lanes.store(saved, lanes.load(address))),
    )
    when(
      () => lanes.pushAny(sinkFires),
      () => {
        moved()
        eachLane(sinkFires, logOutput)
      },
    )
    when(
      () => lanes.pushAny(sourceFires),
      () => {
        moved()
        const marked = lanes.and(sourceFires, flag(beatFlag.mark))
        when(
          () => lanes.pushAny(marked),
          () => eachLane(marked, logMark),
        )
        when(
          () => {
            body.get(state.uniform)
            lanes.pushAll(sourceFires)
            body.op(op.i32_and)
          },
          nextTogether,
          () => nextApart(sourceFires),
        )
        assign(flags, lanes.load(c("flags")))
        decode()
      },
    )
    advance(state.sourceIndex, sourceLength, sourceLoop)
    advance(state.sinkIndex, sinkLength, sinkLoop)
    body.get(state.cycle)
    body.i32(1)
    body.op(op.i32_add)
    body.set(state.cycle)

    const leave = (code: number, push: () => void) => {
      push()
      body.open(op.if)
      body.i32(code)
      body.set(result)
      body.branch(op.br, 2)
      body.op(op.end)
    }
    leave(driveResult.complete, () => {
      body.get(state.remaining)
      body.i32(1)
      body.op(op.i32_lt_s)
    })
    leave(driveResult.stuck, () => {
      body.get(patience)
      body.get(state.cycle)
      body.get(state.progress)
      body.op(op.i32_sub)
      body.op(op.i32_lt_s)
    })
    body.get(state.cycle)
    body.get(state.limit)
    body.op(op.i32_lt_s)
    body.branch(op.br_if, 0)
    body.leave()
  }
  body.op(op.end)
  body.op(op.end)

  for (const name of ["cycle", "sourceIndex", "sinkIndex", "remaining", "progress", "uniform"] as const)
    writeWord(c(name), state[name])
  when(
    () => body.get(state.uniform),
    () => {
      for (let lane = 0; lane < shape.count; lane++) writeWord(c("position", lane), position)
    },
  )
  lanes.store(c("held"), {local: held})
  lanes.store(c("pending"), {local: pending})
  body.get(result)
  return {name: "drive", parameters: [], results: [I32], body: body.done()}
}
