import {at} from "../errors.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import {headerFields, type Loadable, type LoadTarget, loadTargets} from "../graph/packets.ts"
import {elements} from "../graph/shape.ts"
import {batches, ownWeights} from "./packets.ts"

/** A broken packet by name, what comes before it, and what must then be served rightly. */
export interface BrokenCase {
  readonly name: string
  readonly packets: readonly Uint16Array[]
}

const join = (...parts: readonly ArrayLike<number>[]): Uint16Array =>
  Uint16Array.from(parts.flatMap((part) => Array.from(part)))

/**
 * Every fault the protocol names (docs/packets.md), each after a good session and followed by one: each header field wrong
 * alone and in pairs, TLAST at every word of the header and at `cuts` places of the body, too long by 1 and by an image, no
 * TLAST at all, an unknown status, an impossible batch, executing before loading.
 */
export function namedCases(
  network: IntegerNetwork,
  loadable: Loadable,
  input: ArrayLike<number>,
  cuts = 5,
): readonly BrokenCase[] {
  const loads = ownWeights(network, loadable)
  const [one, two] = [
    at(
      batches(network, input, () => 1),
      0,
    ),
    at(
      batches(network, input, () => 2),
      0,
    ),
  ]
  const recover = [...loads, two]
  const kinds: readonly (readonly [string, Uint16Array])[] = [
    ["execute", one],
    ...loads.map((packet, i) => [`load ${i + 1}`, packet] as const),
  ]
  const cases: BrokenCase[] = [{name: "execute before load", packets: [one, ...recover]}]
  const add = (name: string, packet: Uint16Array) => cases.push({name, packets: [...recover, packet, one, ...recover]})
  for (const [kind, packet] of kinds) {
    const wrong = (fields: readonly number[]) => packet.map((word, i) => (fields.includes(i) ? word + 3 : word))
    for (const [i, field] of headerFields.entries()) {
      add(`${kind}: ${field} wrong`, wrong([i]))
      for (let j = i + 1; j < headerFields.length; j++)
        add(`${kind}: ${field} and ${headerFields[j]} wrong`, wrong([i, j]))
    }
    for (let length = 1; length <= headerFields.length; length++)
      add(`${kind}: ${length} words`, packet.slice(0, length))
    const body = packet.length - headerFields.length
    for (let cut = 1; cut <= Math.min(cuts, body - 1); cut++)
      add(
        `${kind}: cut in its body, ${cut}`,
        packet.slice(0, headerFields.length + Math.ceil((cut * (body - 1)) / Math.min(cuts, body - 1))),
      )
    add(`${kind}: a word too long`, join(packet, [5]))
    add(`${kind}: an image too long`, join(packet, one.subarray(headerFields.length)))
    add(`${kind}: no TLAST until the next packet's`, join(packet, two))
    for (const status of [loads.length + 1, 7, 0xffff]) add(`${kind}: status ${status}`, packet.with(0, status))
    for (const batch of [0, 0xffff, 0x8000])
      if (kind === "execute" || batch !== 0) add(`${kind}: batch ${batch}`, packet.with(1, batch))
  }
  add("execute of two: cut in the second image", two.slice(0, two.length - 2))
  for (const {layer, kind, header, words} of loadTargets(network, loadable)) {
    if (kind === "weights") continue
    const packet = join(
      headerFields.map((field) => header[field]),
      new Uint16Array(words),
    )
    add(`${layer.name} ${kind}: cut`, packet.slice(0, packet.length - 1))
    add(`${layer.name} ${kind}: a word too long`, join(packet, [1]))
  }
  return cases
}

/**
 * A session in which nothing is broken and no two loads are alike: all weights, then `count` times a load of one layer's
 * random weights, biases or shift, or a batch of 1 to `most` random images. An image that met the weights of the packet
 * before or behind it would be seen.
 */
export function mixedPackets(
  network: IntegerNetwork,
  loadable: Loadable,
  next: () => number,
  count: number,
  most = 3,
): readonly Uint16Array[] {
  const pick = (n: number) => Math.floor(next() * n)
  const size = elements(network.input.shape)
  const levels = 2 ** network.input.format.bits
  const targets = loadTargets(network, loadable)
  const load = ({header, words, kind, layer}: LoadTarget) => {
    const shift = Math.max(0, (layer.requantise?.shifts[0] ?? 0) + pick(3) - 1)
    // The odd word of a bias is its high half: small, or it would drown every sum.
    const word = (i: number) => (kind === "shift" ? shift : kind === "weights" || i % 2 === 0 ? pick(65_536) : -pick(2))
    return join(
      headerFields.map((field) => header[field]),
      Array.from({length: words}, (_, i) => word(i)),
    )
  }
  const packets = targets.filter(({kind}) => kind === "weights").map(load)
  for (let i = 0; i < count; i++) {
    if (next() < 0.4) packets.push(load(at(targets, pick(targets.length))))
    else {
      const images = 1 + pick(most)
      const pixels = Uint8Array.from({length: size * images}, () => (next() < 0.3 ? 0 : pick(levels)))
      packets.push(...batches(network, pixels, () => images))
    }
  }
  return packets
}

/** `count` random packets, most of them broken, with good ones between so that images are answered again and again. */
export function randomPackets(
  network: IntegerNetwork,
  loadable: Loadable,
  next: () => number,
  count: number,
): readonly Uint16Array[] {
  const pick = (n: number) => Math.floor(next() * n)
  const size = elements(network.input.shape)
  const levels = 2 ** network.input.format.bits
  const loads = ownWeights(network, loadable)
  const others = loadTargets(network, loadable)
    .filter(({kind}) => kind !== "weights")
    .map(({header, words}) =>
      join(
        headerFields.map((field) => header[field]),
        Array.from({length: words}, () => pick(65_536)),
      ),
    )
  const execute = () => {
    const images = 1 + pick(3)
    return at(
      batches(
        network,
        Uint8Array.from({length: size * images}, () => pick(levels)),
        () => images,
      ),
      0,
    )
  }
  const shake = (packet: Uint16Array): Uint16Array => {
    switch (pick(6)) {
      case 0:
        return packet.slice(0, 1 + pick(packet.length))
      case 1:
        return join(
          packet,
          Array.from({length: 1 + pick(20)}, () => pick(65_536)),
        )
      case 2:
        return packet.with(pick(7), pick(2) === 0 ? pick(65_536) : pick(4))
      case 3:
        return packet.with(pick(7), pick(3)).with(pick(7), pick(65_536))
      case 4:
        return join(packet, execute())
      default:
        return packet
    }
  }
  const packets: Uint16Array[] = [...loads]
  for (let i = 0; i < count; i++) {
    const kind = pick(4)
    const load =
      kind === 0
        ? at(loads, pick(loads.length))
        : kind === 1 && others.length > 0
          ? at(others, pick(others.length))
          : undefined
    const packet = shake(load ?? execute())
    packets.push(packet)
    // Whatever was loaded or broke off, good weights come again, and biases and shifts as they were before.
    if (at(packet, 0) !== 0) packets.push(...loads)
    packets.push(execute())
  }
  return packets
}
