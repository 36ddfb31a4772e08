// `npm test`: types, lint, Vitest and pytest, from a bare clone. The last line is `N passed, N failed, N skipped`.
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync} from "node:fs"
import {join} from "node:path"
import {ensureBuild, ensureModules, ensurePython, ensureTools, root, run} from "./setup.mjs"
import {junitCounts, summed, vitestCounts} from "./tally.mjs"

const ci = process.env.CI === "true"
const results = join(root, "build", "test")
rmSync(results, {recursive: true, force: true})
mkdirSync(results, {recursive: true})

ensureModules()
ensureTools(ci)
const built = ensureBuild()
const python = ensurePython()

const bin = (name) => join(root, "node_modules", ...name.split("/"))
const counts = []
if (!built) counts.push({passed: 0, failed: 1, skipped: 0})

for (const [name, args] of [
  ["types", [bin("typescript/bin/tsc"), "-p", "tsconfig.json"]],
  ["lint", [bin("@biomejs/biome/bin/biome"), "check", "."]],
]) {
  console.log(`\n== ${name}`)
  const failed = run(process.execPath, args) !== 0
  console.log(failed ? `${name}: FAILED` : `${name}: ok`)
  if (failed) counts.push({passed: 0, failed: 1, skipped: 0})
}

console.log("\n== vitest")
const vitest = join(results, "vitest.json")
const vitestCode = run(process.execPath, [
  bin("vitest/vitest.mjs"),
  "run",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${vitest}`,
])
counts.push(vitestCounts(existsSync(vitest) ? readFileSync(vitest, "utf8") : undefined, vitestCode))

if (hasPythonTests()) {
  console.log("\n== pytest")
  if (python === undefined && !ci) {
    console.log("skipped: no Python 3 with venv here, or its packages could not be installed")
    counts.push({passed: 0, failed: 0, skipped: 1})
  } else {
    const junit = join(results, "pytest.xml")
    const code = python === undefined ? 127 : run(python, ["-m", "pytest", "-q", "test", `--junitxml=${junit}`])
    counts.push(junitCounts(existsSync(junit) ? readFileSync(junit, "utf8") : undefined, code))
  }
}

const {passed, failed, skipped} = summed(counts)
process.exitCode = failed === 0 ? 0 : 1
console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`)

function hasPythonTests() {
  return readdirSync(join(root, "test"), {recursive: true}).some((path) => /(^|[\\/])test_[^\\/]*\.py$/.test(path))
}
