// Full campaign of the embedded simulator against Verilator. See README.md.
import {nodeHost} from "../../src/host/node.ts"
import {supportedCells} from "../../src/simulate/embedded/cells/cells.ts"
import {fuzzOne} from "../../test/simulate/fuzz.ts"

const [first = 1, count = 50, operators = 150, rows = 60] = process.argv.slice(2).map(Number)
const seen = new Set<string>()
let values = 0
for (let seed = first; seed < first + count; seed++) {
  const result = await fuzzOne(nodeHost(), seed, operators, rows, "build/bench-simulate/fuzz")
  for (const cell of result.cells) seen.add(cell)
  values += result.values
  console.log(`${seed - first + 1}/${count} ${result.mismatch ?? "equal"}`)
  if (result.mismatch !== undefined) process.exitCode = 1
}
console.log(`${values} values compared; cells seen: ${[...seen].sort().join(" ")}`)
console.log(`supported but not seen: ${supportedCells.filter((cell) => !seen.has(cell)).join(" ") || "none"}`)
