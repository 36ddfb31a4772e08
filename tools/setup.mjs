// What `npm run demo` and `npm test` need before they can start, each step skipped where it is already done.
import {spawnSync} from "node:child_process"
import {createHash} from "node:crypto"
import {chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from "node:fs"
import {delimiter, join} from "node:path"
import {fileURLToPath} from "node:url"

export const root = fileURLToPath(new URL("..", import.meta.url))

/** Runs a command in the repository; its output goes where ours goes. Returns the exit code (127: not found). */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, {cwd: root, stdio: "inherit", ...options})
  if (result.error) return 127
  return result.status ?? 1
}

/** Ends the process with a sentence that says what to do. */
export function stop(what, hint, exitCode = 3) {
  console.error(`${what}\n  ${hint}`)
  process.exit(exitCode)
}

/** True where node_modules holds what package-lock.json asks for (npm keeps its own record of what it installed). */
export function modulesAreCurrent(folder = root) {
  const record = join(folder, "node_modules", ".package-lock.json")
  if (!existsSync(record)) return false
  const wanted = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")).packages
  const found = JSON.parse(readFileSync(record, "utf8")).packages
  return Object.entries(wanted).every(([path, {version, optional, devOptional}]) => {
    if (path === "") return true
    // Packages for other machines are left out by npm: they count only where they are there and differ.
    if (found[path] === undefined) return optional === true || devOptional === true
    return found[path].version === version
  })
}

export function ensureModules() {
  const [major = 0] = process.versions.node.split(".").map(Number)
  if (major < 20) stop(`Node ${process.versions.node} found, 20 or newer needed`, "install it from https://nodejs.org")
  if (modulesAreCurrent()) return
  console.log("installing npm packages (once)")
  const npm = process.platform === "win32" ? "npm.cmd" : "npm"
  const code = run(npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {shell: process.platform === "win32"})
  if (code !== 0) stop("npm ci failed", "see its message above; a network connection is needed the first time", 4)
}

/** dist/ from the sources, where it is not already of these sources. False where they do not compile. */
export function ensureBuild() {
  const stamp = join(root, "dist", ".sources")
  const wanted = `${JSON.stringify(sourceHashes(), null, 2)}\n`
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return true
  rmSync(join(root, "dist"), {recursive: true, force: true})
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc")
  if (run(process.execPath, [tsc, "-p", "tsconfig.build.json"]) !== 0) return false
  // tsc writes no executable file, and `npx tlast` in a checkout runs this one itself.
  chmodSync(join(root, "dist", "cli", "main.js"), 0o755)
  writeFileSync(stamp, wanted)
  return true
}

/** Hashes of what dist/ is made from and of what it reads at run time, by folder. The pipeline's cache keys hold them. */
function sourceHashes() {
  const inner = readdirSync(join(root, "src")).map((name) => `src/${name}`)
  const beside = ["cli", "models", "rtl", "hls", "boards", "python"].filter((name) => existsSync(join(root, name)))
  const settings = ["tsconfig.json", "tsconfig.build.json", "package-lock.json"]
  return Object.fromEntries(
    [...inner, ...beside, ...settings].map((path) => [path.replace(/^src\//, ""), hashOf([path])]),
  )
}

/** .venv/ with what the tests compare against; tlast itself needs no Python. Returns its Python, or undefined. */
export function ensurePython() {
  const requirements = join(root, "test", "requirements.txt")
  if (!existsSync(requirements)) return undefined
  const venv = join(root, ".venv")
  const python = join(venv, process.platform === "win32" ? "Scripts/python.exe" : "bin/python")
  const stamp = join(venv, ".requirements")
  const wanted = hashOf(["test/requirements.txt"])
  if (existsSync(python) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return python
  console.log("installing Python packages for the tests into .venv (once)")
  if (!existsSync(python) && run("python3", ["-m", "venv", venv]) !== 0) return undefined
  const code = run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements])
  if (code !== 0) return undefined
  writeFileSync(stamp, wanted)
  return python
}

/** Full path of a command on PATH, or undefined. */
export function which(command) {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, command))
    .find((path) => existsSync(path))
}

/** Native tools the tests cross-check with, by their Debian package. */
export const nativeTools = {
  verilator: "verilator",
  iverilog: "iverilog",
  yosys: "yosys",
  "g++": "g++",
  tclsh: "tcl",
  chromium: "chromium",
}

/** In CI the missing native tools are installed; elsewhere their tests skip, and this says which. */
export function ensureTools(install) {
  const missing = Object.keys(nativeTools).filter((tool) => which(tool) === undefined)
  if (missing.length === 0) return
  if (!install) {
    console.log(`not installed: ${missing.join(", ")}; the tests that need them are skipped (CI=true installs them)`)
    return
  }
  const packages = missing.map((tool) => nativeTools[tool])
  const sudo = process.getuid?.() === 0 ? [] : ["sudo"]
  const apt = (...args) => {
    const [command, ...rest] = [...sudo, "apt-get", ...args]
    return run(command, rest, {env: {...process.env, DEBIAN_FRONTEND: "noninteractive"}})
  }
  apt("update", "-qq")
  if (apt("install", "-y", "-qq", "--no-install-recommends", ...packages) !== 0)
    stop(`could not install ${packages.join(" ")}`, "install them, or run without CI=true")
}

/** SHA-256 over the names and bytes of files and folders, in a fixed order. */
export function hashOf(paths) {
  const hash = createHash("sha256")
  const visit = (path) => {
    const full = join(root, path)
    if (!existsSync(full)) return
    if (statSync(full).isDirectory()) for (const name of readdirSync(full).sort()) visit(`${path}/${name}`)
    else hash.update(`${path}\0`).update(readFileSync(full)).update("\0")
  }
  for (const path of paths) visit(path)
  return hash.digest("hex")
}
