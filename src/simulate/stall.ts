/**
 * When one side of a stream is willing to act, cycle by cycle; it never looks at the other side. `pulse` is one idle cycle
 * every `every`, `long` one stall of `length` cycles at `at`, `bursts` runs of `run` willing cycles with gaps of `gap`;
 * `random` stalls with probability `p`, each lane its own way for a seed.
 */
export type Stall =
  | {readonly kind: "none"}
  | {readonly kind: "alternate"}
  | {readonly kind: "random"; readonly p: number; readonly seed: number}
  | {readonly kind: "pulse"; readonly every: number}
  | {readonly kind: "long"; readonly at: number; readonly length: number}
  | {readonly kind: "bursts"; readonly run: number; readonly gap: number}

/** One byte a cycle, bit i for lane i; after the last byte it goes on from `loop`. */
export interface StallTable {
  readonly bytes: Uint8Array
  readonly loop: number
}

const RANDOM_CYCLES = 16_411

export function stallTable(stall: Stall, lanes: number): StallTable {
  const all = 2 ** lanes - 1
  const table = (length: number, willing: (cycle: number) => boolean, loop = 0): StallTable => ({
    bytes: Uint8Array.from({length}, (_, cycle) => (willing(cycle) ? all : 0)),
    loop,
  })
  switch (stall.kind) {
    case "none":
      return table(1, () => true)
    case "alternate":
      return table(2, (cycle) => cycle === 1)
    case "pulse":
      return table(stall.every, (cycle) => cycle !== stall.every - 1)
    case "long":
      return table(
        stall.at + stall.length + 1,
        (cycle) => cycle < stall.at || cycle === stall.at + stall.length,
        stall.at + stall.length,
      )
    case "bursts":
      return table(stall.run + stall.gap, (cycle) => cycle < stall.run)
    case "random": {
      // A prime period, so that it does not keep step with an image.
      const bytes = new Uint8Array(RANDOM_CYCLES)
      for (let lane = 0; lane < lanes; lane++) {
        const next = generator(stall.seed * 8191 + lane)
        for (let cycle = 0; cycle < RANDOM_CYCLES; cycle++) {
          if (next() >= stall.p) bytes[cycle] = (bytes[cycle] ?? 0) | (1 << lane)
        }
      }
      return {bytes, loop: 0}
    }
  }
}

/** The schedules of the quality standard, by name, the same for source and sink. */
export function standardStalls(seed: number): Readonly<Record<string, Stall>> {
  return {
    none: {kind: "none"},
    alternate: {kind: "alternate"},
    "random 0.1": {kind: "random", p: 0.1, seed},
    "random 0.5": {kind: "random", p: 0.5, seed: seed + 1},
    "random 0.9": {kind: "random", p: 0.9, seed: seed + 2},
    "one pulse": {kind: "long", at: 401, length: 1},
    "long stall": {kind: "long", at: 300, length: 5000},
    bursts: {kind: "bursts", run: 37, gap: 23},
  }
}

/** Uniform numbers in [0, 1) from a seed (mulberry32, a public-domain recipe of one multiply-xor chain). */
export function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
