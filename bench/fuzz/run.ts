// Random networks against golden in both simulators. See README.md.
import {join} from "node:path"
import {parseArgs} from "node:util"
import {nodeHost} from "../../src/host/node.ts"
import {type FuzzReport, fuzz} from "../../src/verify/fuzz.ts"
import {litertFuzz} from "../../test/export/compare.ts"
import {root} from "../../test/tools.ts"

const {values} = parseArgs({
  options: {
    count: {type: "string", default: "200"},
    seed: {type: "string", default: "1"},
    verilator: {type: "boolean", default: false},
    litert: {type: "boolean", default: false},
    shrink: {type: "string", default: "60"},
  },
})
const host = nodeHost()
const litert = values.litert ? {litert: litertFuzz(join(root, ".venv/bin/python"))} : {}
const first = Number(values.seed)
const count = Number(values.count)
const reports: FuzzReport[] = []
for (let seed = first; seed < first + count; seed++) {
  // One at a time, so that a failure is printed when it is found.
  const shrinkTrials = Number(values.shrink)
  const report = await fuzz({
    host,
    out: "build/fuzz",
    seed,
    count: 1,
    verilator: values.verilator,
    shrinkTrials,
    ...litert,
  })
  reports.push(report)
  for (const {problems, smallest, smallestProblems} of report.failures) {
    console.log(`seed ${seed}: ${problems.join("\n  ")}`)
    console.log(`  smallest: ${JSON.stringify(smallest)}\n  ${smallestProblems.join("\n  ")}`)
  }
  const refused = Object.keys(report.refused).join()
  console.log(`seed ${seed}: ${report.failures.length > 0 ? "failed" : refused === "" ? "equal" : refused}`)
}
const failed = reports.filter(({failures}) => failures.length > 0).length
const equal = reports.reduce((sum, report) => sum + report.equal, 0)
console.log(`${count} networks: ${equal} equal, ${count - equal - failed} refused, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
