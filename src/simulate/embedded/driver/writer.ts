import {ConstantPool, type LaneShape, Lanes, type Limb} from "../lanes.ts"
import {FunctionBody, I32, op} from "../wasm.ts"
import {control, type DriverLayout} from "./layout.ts"

/** The driver's words that change in the loop: kept in locals, written back at its end. */
const changing = ["cycle", "sourceIndex", "sinkIndex", "remaining", "progress", "uniform"] as const

/** What every part of drive() writes with: the body, the locals all of them use, and the words those are read from. */
export class Writer {
  readonly body = new FunctionBody([])
  readonly lanes: Lanes
  /** Locals, by the control word each is read from. */
  readonly state: Readonly<Record<(typeof changing)[number], number>>
  /** Where the beat on offer lies, while all lanes are at the same one. */
  readonly position: number
  readonly pointer: number
  /** Booleans of each lane: a beat was offered and not taken; a word was, by the core. */
  readonly held: number
  readonly pending: number
  /** Of the beat on offer. */
  readonly flags: number

  constructor(
    readonly layout: DriverLayout,
    readonly shape: LaneShape,
  ) {
    this.lanes = new Lanes(this.body, shape, new ConstantPool(0))
    const [cycle, sourceIndex, sinkIndex] = [this.word("cycle"), this.word("sourceIndex"), this.word("sinkIndex")]
    const [remaining, progress, uniform] = [this.word("remaining"), this.word("progress"), this.word("uniform")]
    this.state = {cycle, sourceIndex, sinkIndex, remaining, progress, uniform}
    this.position = this.word("position")
    this.pointer = this.body.local(I32)
    this.held = this.perLane("held")
    this.pending = this.perLane("pending")
    this.flags = this.perLane("flags")
  }

  address(name: keyof typeof control, lane = 0): number {
    return this.layout.control + control[name] + 4 * lane
  }

  readWord(address: number): void {
    this.body.i32(0)
    this.body.op(op.i32_load)
    this.body.memory(2, address)
  }

  /** A control word in a local of its own. */
  word(name: keyof typeof control): number {
    const local = this.body.local(I32)
    this.readWord(this.address(name))
    this.body.set(local)
    return local
  }

  writeWord(address: number, local: number): void {
    this.body.i32(0)
    this.body.get(local)
    this.body.op(op.i32_store)
    this.body.memory(2, address)
  }

  assign(target: number, limb: Limb): void {
    this.lanes.push(limb)
    this.body.set(target)
  }

  when(push: () => void, then: () => void, otherwise?: () => void): void {
    push()
    this.body.open(op.if)
    then()
    if (otherwise !== undefined) {
      this.body.op(op.else)
      otherwise()
    }
    this.body.op(op.end)
  }

  eachLane(limb: Limb, action: (lane: number) => void): void {
    for (let lane = 0; lane < this.shape.count; lane++)
      this.when(
        () => this.lanes.pushLane(limb, lane),
        () => action(lane),
      )
  }

  /** The position of every lane to memory, from the one they share. */
  shareOut(): void {
    for (let lane = 0; lane < this.shape.count; lane++) this.writeWord(this.address("position", lane), this.position)
  }

  /** All that changed, for the next call. */
  writeBack(): void {
    for (const name of changing) this.writeWord(this.address(name), this.state[name])
    this.when(
      () => this.body.get(this.state.uniform),
      () => this.shareOut(),
    )
    this.lanes.store(this.address("held"), {local: this.held})
    this.lanes.store(this.address("pending"), {local: this.pending})
  }

  private perLane(name: keyof typeof control): number {
    const limb = this.lanes.load(this.address(name))
    if (!("local" in limb)) throw new Error("unreachable")
    return limb.local
  }
}
