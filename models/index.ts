import {nearest, TlastError} from "../src/errors.ts"
import type {Network} from "../src/graph/network.ts"
import {dense128x10} from "./dense128x10.ts"
import {digits8x16} from "./digits8x16.ts"
import {digits16} from "./digits16.ts"
import {mlp128} from "./mlp128.ts"

const networks: ReadonlyMap<string, Network> = new Map(
  [digits16, digits8x16, mlp128, dense128x10].map((network) => [network.name, network]),
)

/** Names of the networks that come with tlast. */
export const names: readonly string[] = [...networks.keys()]

/** A network that comes with tlast. Throws UNKNOWN_NETWORK with the nearest name. */
export function byName(name: string): Network {
  const found = networks.get(name)
  if (found) return found
  const guess = nearest(name, names)
  throw new TlastError({
    code: "UNKNOWN_NETWORK",
    where: `network ${JSON.stringify(name)}`,
    message: `no such network; there are ${names.join(", ")}`,
    hint: guess === undefined ? "name one of them, or a model file" : `did you mean ${guess}?`,
  })
}
