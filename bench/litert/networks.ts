// Random 8-bit networks of every layer, golden against LiteRT's BUILTIN_REF in every integer of every layer.
// Arguments: networks of each of two generators (default 1000), first seed (default 1). See README.md.
import {join} from "node:path"
import {TlastError} from "../../src/errors.ts"
import {exportInt8} from "../../src/export/int8.ts"
import {traceGolden} from "../../src/golden/run.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import {elements} from "../../src/graph/shape.ts"
import {eightBit, withLogits8} from "../../src/verify/eight-bit.ts"
import {imagesOf, networkOf} from "../../src/verify/network-of.ts"
import {randomRecipe} from "../../src/verify/random-network.ts"
import {type Case, litertDifferences} from "../../test/export/compare.ts"
import {randomNetwork8} from "../../test/export/networks.ts"
import {integer, random} from "../../test/golden/networks.ts"
import {root} from "../../test/tools.ts"

const [count = 1000, first = 1] = process.argv.slice(2).map(Number)
const python = join(root, "bench/litert/.venv/bin/python")
const images = 6
const batch = 100

/** Small weights and shifts: ties everywhere. */
const atTies = (seed: number): Case => {
  const network = randomNetwork8(seed)
  const next = random(seed)
  const input = Uint8Array.from({length: images * elements(network.input.shape)}, () => integer(next, 0, 255))
  return {network, input}
}

/** What the fuzzer builds, in 8 bits. */
const built = (seed: number): Case => {
  const recipe = eightBit(randomRecipe(seed))
  return {network: withLogits8(networkOf(recipe)), input: Uint8Array.from(imagesOf(recipe, images))}
}

const refused: Record<string, number> = {}
const layers: Record<string, number> = {}
let compared = 0
let networks = 0
const problems: string[] = []
for (const make of [atTies, built])
  for (let from = first; from < first + count; from += batch) {
    const cases: Case[] = []
    for (let seed = from; seed < Math.min(from + batch, first + count); seed++) {
      try {
        const each = make(seed)
        exportInt8(each.network)
        cases.push(each)
      } catch (error) {
        if (!(error instanceof TlastError)) throw error
        refused[error.code] = (refused[error.code] ?? 0) + 1
      }
    }
    problems.push(...litertDifferences(python, cases))
    for (const {network} of cases) count1(network)
    console.log(`${make.name}, seeds ${from}..: ${networks} networks, ${problems.length} layers differ`)
  }

function count1(network: IntegerNetwork): void {
  networks++
  const size = elements(network.input.shape)
  compared +=
    images * [...traceGolden(network, new Uint8Array(size)).values()].reduce((sum, {length}) => sum + length, 0)
  for (const {kind} of network.layers) layers[kind] = (layers[kind] ?? 0) + 1
}

for (const problem of problems) console.log(problem)
console.log(`layers ${JSON.stringify(layers)}; refused ${JSON.stringify(refused)}`)
console.log(`${networks} networks: ${problems.length} layers differ, ${compared} integers compared`)
process.exitCode = problems.length === 0 ? 0 : 1
