import {at} from "../../errors.ts"
import {isConstant as constantLimb, type Lanes, type Limb} from "./lanes.ts"
import type {Layout} from "./layout.ts"
import {type Bit, type Netlist, ZERO} from "./netlist.ts"
import {Operand, type Source} from "./operand.ts"
import {type FunctionBody, I32, op, simd} from "./wasm.ts"

/** Locals: lane 0's address, and whether it is every lane's. */
export interface LaneAddress {
  readonly uniform: number
  readonly scalar: number
}

/** The read and write ports of the netlist's memories. */
export class MemoryPorts {
  private readonly lanes: Lanes

  constructor(
    private readonly source: Source,
    private readonly body: FunctionBody,
    private readonly netlist: Netlist,
    private readonly layout: Layout,
    /** One of an address, made once for all who read at it. */
    private readonly sharedAddress: (key: string, make: () => LaneAddress) => LaneAddress,
  ) {
    this.lanes = source.lanes
  }

  private address(bits: readonly Bit[], memory: number): {operand: Operand; limb: Limb; inside: Limb | undefined} {
    const {indexBits} = at(this.layout.memories, memory)
    const {lanes} = this
    const operand = new Operand(
      this.source,
      bits.slice(0, indexBits),
      false,
      Math.max(1, Math.min(bits.length, indexBits)),
    )
    if (operand.limbs > 1) throw new NeedsWideLimbs(`memory ${at(this.netlist.memories, memory).name}`)
    const limb = operand.limb(0, "zero")
    const beyond = bits.slice(indexBits)
    if (beyond.every((bit) => bit === ZERO)) return {operand, limb, inside: undefined}
    const above = new Operand(this.source, beyond, false, beyond.length)
    let any = lanes.constant(0)
    for (let i = 0; i < above.limbs; i++) any = lanes.or(any, above.limb(i, "zero"))
    return {operand, limb, inside: lanes.equal(any, lanes.constant(0))}
  }

  /** Lane 0's address, and whether it is every lane's. */
  private uniform(limb: Limb): LaneAddress {
    const {lanes, body} = this
    const key = constantLimb(limb) ? `c${limb.constant}` : `l${limb.local}`
    return this.sharedAddress(key, () => {
      const scalar = body.local(I32)
      const uniform = body.local(I32)
      lanes.pushLane(limb, 0)
      body.tee(scalar)
      body.vector(lanes.pick(simd.i16x8_splat, simd.i32x4_splat))
      lanes.push(limb)
      body.vector(lanes.pick(simd.i16x8_eq, simd.i32x4_eq))
      body.vector(lanes.pick(simd.i16x8_all_true, simd.i32x4_all_true))
      body.set(uniform)
      return {uniform, scalar}
    })
  }

  /** The limbs of the word a read port gives. */
  read(memory: number, bits: readonly Bit[], width: number): Limb[] {
    const {lanes, body} = this
    const {base, stride, shared} = at(this.layout.memories, memory)
    const {limb, inside} = this.address(bits, memory)
    const limbs = Math.max(1, Math.ceil(width / lanes.shape.width))
    const results = Array.from({length: limbs}, () => body.local(lanes.type))
    const step = shared ? lanes.shape.width / 8 : lanes.bytes
    const align = lanes.pick(1, 2)
    if (!lanes.vector) {
      results.forEach((local, i) => {
        lanes.push(limb)
        body.i32(stride)
        body.op(op.i32_mul)
        body.op(op.i32_load)
        body.memory(2, base + i * step)
        body.set(local)
      })
    } else {
      const {uniform, scalar} = this.uniform(limb)
      const at = body.local(I32)
      body.get(uniform)
      body.open(op.if)
      body.get(scalar)
      body.i32(stride)
      body.op(op.i32_mul)
      body.set(at)
      results.forEach((local, i) => {
        body.get(at)
        body.vector(shared ? lanes.pick(simd.load16_splat, simd.load32_splat) : simd.load)
        body.memory(shared ? align : 4, base + i * step)
        body.set(local)
      })
      body.op(op.else)
      for (let lane = 0; lane < lanes.shape.count; lane++) {
        lanes.pushLane(limb, lane)
        body.i32(stride)
        body.op(op.i32_mul)
        body.set(at)
        results.forEach((local, i) => {
          body.get(at)
          body.get(local)
          body.vector(lanes.pick(simd.load16_lane, simd.load32_lane))
          body.memory(align, base + i * step + (shared ? 0 : (lane * lanes.shape.width) / 8))
          body.code.byte(lane)
          body.set(local)
        })
      }
      body.op(op.end)
    }
    return results.map((local) => (inside === undefined ? {local} : lanes.choose(inside, {local}, lanes.constant(0))))
  }

  /** Every write port at the edge. */
  writes(): void {
    const {lanes} = this
    // Every operand first: a write must not be seen by another port's address or data.
    const writes = this.netlist.memories.flatMap(({writes, width, size}, memory) =>
      writes.map(({address, data, enable}) => {
        const target = this.address(address, memory)
        const whole = enable.every((bit) => bit === enable[0])
        const mask = new Operand(this.source, enable, false, width)
        const value = new Operand(this.source, data, false, width)
        let on = whole ? new Operand(this.source, [enable[0] ?? ZERO], false, 1).boolean() : anyBit(this.source, mask)
        if (target.inside !== undefined) on = lanes.and(on, target.inside)
        if (size < 2 ** at(this.layout.memories, memory).indexBits)
          on = lanes.and(on, lanes.lessUnsigned(target.limb, lanes.constant(size)))
        return {
          memory,
          limb: target.limb,
          on,
          masks: whole ? undefined : Array.from({length: mask.limbs}, (_, i) => mask.limb(i, "zero")),
          values: Array.from({length: value.limbs}, (_, i) => value.limb(i, "zero")),
        }
      }),
    )
    for (const write of writes) this.write(write.memory, write.limb, write.on, write.masks, write.values)
  }

  private write(
    memory: number,
    address: Limb,
    on: Limb,
    masks: readonly Limb[] | undefined,
    values: readonly Limb[],
  ): void {
    const {lanes, body} = this
    const {base, stride} = at(this.layout.memories, memory)
    const place = body.local(I32)
    const align = lanes.pick(1, 2)
    lanes.pushAny(on)
    body.open(op.if)
    for (let lane = 0; lane < lanes.shape.count; lane++) {
      lanes.pushLane(on, lane)
      body.open(op.if)
      lanes.pushLane(address, lane)
      body.i32(stride)
      body.op(op.i32_mul)
      body.set(place)
      values.forEach((value, i) => {
        const offset = base + i * lanes.bytes + (lane * lanes.shape.width) / 8
        body.get(place)
        if (masks === undefined) lanes.pushLane(value, lane)
        else {
          const mask = at(masks, i)
          lanes.pushLane(value, lane)
          lanes.pushLane(mask, lane)
          body.op(op.i32_and)
          body.get(place)
          body.op(lanes.pick(op.i32_load16_u, op.i32_load))
          body.memory(align, offset)
          lanes.pushLane(mask, lane)
          body.i32(-1)
          body.op(op.i32_xor)
          body.op(op.i32_and)
          body.op(op.i32_or)
        }
        body.op(lanes.pick(op.i32_store16, op.i32_store))
        body.memory(align, offset)
      })
      body.op(op.end)
    }
    body.op(op.end)
  }
}

function anyBit(source: Source, mask: Operand): Limb {
  const {lanes} = source
  let any = lanes.constant(0)
  for (let i = 0; i < mask.limbs; i++) any = lanes.or(any, mask.limb(i, "zero"))
  return lanes.negate(lanes.equal(any, lanes.constant(0)))
}

/** 16-bit limbs cannot do it: the caller compiles again with 32. */
export class NeedsWideLimbs extends Error {}
