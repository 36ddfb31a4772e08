import type {HlsFifoReport} from "../../src/verify/hls-bounded.ts"
import type {RunBounded} from "../../src/verify/hls-run.ts"

/** What a run said of a FIFO with one word less than it needs. */
export interface Cut {
  readonly name: string
  readonly emitted: number
  /** The least depth at which the run ends well, all others as emitted. */
  readonly least: number
  /** FIFOs that the run with least - 1 words called too small, "name depth needed". */
  readonly named: readonly string[]
  /** Processes that wait for ever in it: none, as deeper FIFOs help. */
  readonly stuck: readonly string[]
}

/** Cuts each FIFO, alone, to where the design first fails, and tells what was said of that. */
export async function cutEach(run: RunBounded): Promise<readonly Cut[]> {
  const {fifos} = await run()
  const cuts: Cut[] = []
  for (const fifo of fifos) cuts.push(await cutOne(run, fifo))
  return cuts
}

async function cutOne(run: RunBounded, {name, depth}: HlsFifoReport): Promise<Cut> {
  for (let words = depth - 1; words >= 0; words--) {
    const {ok, fifos, stuck} = await run({[name]: words})
    if (ok) continue
    const named = fifos.filter(({tooSmall}) => tooSmall).map((one) => `${one.name} ${one.depth} ${one.needed}`)
    return {name, emitted: depth, least: words + 1, named, stuck}
  }
  throw new Error(`${name} is not needed at all: a run without any place in it ended well`)
}

/** What cutEach finds where every cut is found and named. */
export const allNamed = (cuts: readonly Cut[]): readonly Cut[] =>
  cuts.map((cut) => ({...cut, named: [`${cut.name} ${cut.least - 1} ${cut.least}`], stuck: []}))
