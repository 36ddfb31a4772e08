import {TlastError} from "../errors.ts"
import type {Board} from "../graph/board.ts"
import type {Host} from "../host/host.ts"
import {RpcError} from "../host/transport.ts"
import {type CompiledDesign, compile} from "../simulate/embedded/compile.ts"
import {openSession} from "../simulate/embedded/session.ts"
import {readBin} from "./bitstream.ts"
import {BufferPool} from "./buffers.ts"
import {Coupling} from "./coupling.ts"
import {AxiDma, control, dmaRegister} from "./dma.ts"
import type {FaultName} from "./faults.ts"
import {BoardFiles} from "./files.ts"
import type {Installed} from "./installed.ts"
import {AddressMap, Clocks, type Region} from "./mmio.ts"

export interface VirtualBoardOptions {
  readonly board: Board
  /** Packages whose bitstreams it knows. */
  readonly packages: readonly Installed[]
  readonly host: Host
  readonly fault?: FaultName
  /** Compiled designs by hash, for boards that share them. */
  readonly compiled?: Map<string, Promise<CompiledDesign>>
  /** Every line of its log. */
  readonly log?: (line: string) => void
}

/** The loaded design at work. */
export interface Fabric {
  readonly installed: Installed
  readonly dma: AxiDma
  readonly coupling: Coupling
}

/** A Zynq board: processor side and fabric. Transports (serve.ts) put it on the network. */
export class VirtualBoard {
  readonly #options: VirtualBoardOptions
  readonly #compiled: Map<string, Promise<CompiledDesign>>
  readonly buffers = new BufferPool()
  readonly memory = new AddressMap()
  readonly clocks: Clocks
  readonly files: BoardFiles
  #fabric: Fabric | undefined
  #loading: Promise<unknown> = Promise.resolve()
  loads = 0

  constructor(options: VirtualBoardOptions) {
    this.#options = options
    this.#compiled = options.compiled ?? new Map()
    const {board, fault} = options
    const crystalMhz = Number(board.ps7.PCW_CRYSTAL_PERIPHERAL_FREQMHZ ?? 50)
    this.clocks = new Clocks({crystalMhz, pllMhz: board.clock.pllMhz, wrong: fault === "wrong-clock"})
    this.buffers.incoherent = fault === "stale-data"
    this.memory.set([this.clocks])
    this.files = new BoardFiles({
      boardName: `${board.title} (tlast virtual board)`,
      // One after the other, whoever asks.
      configure: (name, bin) => {
        const next = this.#loading.then(() => this.#configure(name, bin))
        this.#loading = next.catch(() => {})
        return next
      },
    })
  }

  get board(): Board {
    return this.#options.board
  }

  get fault(): FaultName | undefined {
    return this.#options.fault
  }

  /** Undefined until a bitstream is loaded. */
  get fabric(): Fabric | undefined {
    return this.#fabric
  }

  /** Compiles the packages' RTL, so that loading is quick. Throws what the simulator has against it. */
  async prepare(): Promise<void> {
    for (const installed of this.#options.packages) await this.#compile(installed)
  }

  /** A client's connection has ended: its buffers are nobody's. */
  release(owner: string): void {
    const freed = this.buffers.freeOf(owner)
    if (freed > 0) this.#log(`${owner} has gone: ${freed} of its buffers freed`)
  }

  async stop(): Promise<void> {
    await this.#fabric?.coupling.stop()
  }

  async #configure(name: string, bin: Uint8Array): Promise<void> {
    const installed = this.#identify(name, bin)
    const compiled = await this.#compile(installed)
    await this.#fabric?.coupling.stop()
    const {description, handOff} = installed
    const {fault, host} = this.#options
    const {interval, latency} = description.cycles
    const session = await openSession(compiled, Math.max(20_000, 4 * (interval + latency)))
    const dma = new AxiDma({
      memory: this.buffers,
      lengthBits: fault === "short-length" ? 14 : handOff.lengthBits,
      sendBytes: session.beatBytes,
      receiveBytes: session.outputBytes,
    })
    const coupling = new Coupling({
      dma,
      session,
      now: () => host.clock.wallSeconds(),
      hertz: () => this.clocks.mhz(0) * 1e6,
      ...(fault === undefined ? {} : {fault}),
    })
    if (fault === "not-idle") leaveBusy(dma)
    const registers: Region = {
      name: handOff.dma ?? "axi_dma",
      base: handOff.base,
      bytes: 0x10000,
      read: async (offset) => {
        await this.#delay()
        await coupling.catchUp()
        return dma.read(offset)
      },
      write: async (offset, value) => {
        await this.#delay()
        await coupling.catchUp()
        dma.write(offset, value)
        coupling.kick()
      },
    }
    this.#fabric = {installed, dma, coupling}
    this.memory.set([this.clocks, registers])
    this.loads++
    this.#log(`loaded ${name}: ${description.name} for ${description.part}, DMA at 0x${handOff.base.toString(16)}`)
  }

  /** Which design a .bin is. Throws RpcError "precondition" with what the FPGA manager would only answer by an error number. */
  #identify(name: string, bin: Uint8Array): Installed {
    const {board, packages, fault} = this.#options
    const refuse = (text: string) => new RpcError("precondition", `${name}: ${text}`)
    const part = fault === "wrong-part" ? otherPart(board.part) : board.part
    const configuration = (() => {
      try {
        return readBin(bin, name)
      } catch (error) {
        throw refuse(error instanceof TlastError ? error.problem.message : String(error))
      }
    })()
    const device = configuration.kind === "stand-in" ? configuration.part : configuration.device
    if (device !== undefined && !part.startsWith(device))
      throw refuse(`it is for ${device}, and this board has ${part}: package for this board`)
    const found = packages.find(({description, designHash}) =>
      configuration.kind === "stand-in"
        ? designHash === configuration.design
        : // Vivado's bitstreams have the content hash in their names only.
          `${description.stem}.bin` === name,
    )
    if (found !== undefined) return found
    const known = packages.map(({description}) => description.stem).join(", ") || "none"
    throw refuse(
      configuration.kind === "stand-in"
        ? `a stand-in of ${configuration.stem} with design ${configuration.design.slice(0, 8)}, which is not served here (${known}); serve that package`
        : `a bitstream${device === undefined ? ` with IDCODE 0x${configuration.idcode.toString(16)}` : ` for ${device}`} of no package served here (${known}): a virtual board runs RTL, not bitstreams`,
    )
  }

  #compile(installed: Installed): Promise<CompiledDesign> {
    const known = this.#compiled.get(installed.designHash)
    if (known !== undefined) return known
    const compiled = compile(installed.design, {lanes: 1, host: this.#options.host, probes: []})
    this.#compiled.set(installed.designHash, compiled)
    return compiled
  }

  #delay(): Promise<void> | undefined {
    return this.fault === "slow-calls" ? new Promise((resolve) => setTimeout(resolve, 40)) : undefined
  }

  #log(line: string): void {
    this.#options.log?.(line)
  }
}

/** What another program leaves behind that does not wait for its transfer. */
function leaveBusy(dma: AxiDma): void {
  dma.write(dmaRegister.s2mmControl, control.run)
  dma.write(dmaRegister.s2mmAddress, 0x1800_0000)
  dma.write(dmaRegister.s2mmLength, 64)
}

const otherPart = (part: string): string => (part.startsWith("xc7z010") ? "xc7z020clg400-1" : "xc7z010clg400-1")
