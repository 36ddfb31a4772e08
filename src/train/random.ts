/** A well-mixed 32-bit word (MurmurHash3's finaliser): the kernels' `mix`. */
function mix(x: number): number {
  let h = x >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** Word `counter` of a seed's stream. */
export const wordOf = (seed: number, counter: number): number => mix(seed + mix(counter + 0x9e3779b9))

/** The same items in an order drawn from the seed (Fisher and Yates). */
export function shuffled(items: Uint32Array, seed: number): Uint32Array<ArrayBuffer> {
  const order = Uint32Array.from(items)
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor((wordOf(seed, last) / 2 ** 32) * (last + 1))
    const item = order[last] ?? 0
    order[last] = order[other] ?? 0
    order[other] = item
  }
  return order
}

/** Parts 0 .. count - 1 by seed into `heldOut` of them and the rest, both in ascending order. */
export function holdOut(
  count: number,
  heldOut: number,
  seed: number,
): {training: Uint32Array<ArrayBuffer>; heldOut: Uint32Array<ArrayBuffer>} {
  const order = shuffled(
    Uint32Array.from({length: count}, (_, index) => index),
    wordOf(seed, 0),
  )
  return {heldOut: order.slice(0, heldOut).sort(), training: order.slice(heldOut).sort()}
}
