import {Accelerator} from "../../src/board/accelerator.ts"
import {diagnoseBoard, diagnosePackage, type Finding} from "../../src/board/doctor.ts"
import {connect} from "../../src/board/driver.ts"
import {faultByName} from "../../src/board/faults.ts"
import {type Installed, parseNpy, readInstalled} from "../../src/board/installed.ts"
import {servePage} from "../../src/board/page.ts"
import {serveBoard} from "../../src/board/serve.ts"
import {writeStandIn} from "../../src/board/stand-in.ts"
import {VirtualBoard} from "../../src/board/virtual-board.ts"
import {TlastError} from "../../src/errors.ts"
import {http} from "../../src/host/http.ts"
import {loadBoard} from "../../src/package/board.ts"
import type {Context, Verb} from "../verb.ts"

/** Loaded when needed: no other verb should wait for it. */
const transport = async () => (await import("../../src/host/grpc.ts")).grpc

const actions = {serve, run, doctor} as const

/** `tlast board serve|run|doctor`. */
export const board: Verb = {
  name: "board",
  summary: "serve: a virtual board for PYNQ software; run: a package on a board; doctor: what is wrong",
  args: ["<serve|run|doctor>", "[package|host]"],
  plain: true,
  flags: [
    ["--package <DIR>", "the package: build/<name>/board/<board>"],
    ["--host <ADDRESS>", "the board (default 127.0.0.1, a virtual one)"],
    ["--port <N>", "PYNQ.remote's port (default 7967; pynq asks no other)"],
    ["--address <ADDRESS>", "serve: who may connect (default 127.0.0.1: this machine only; there is no password)"],
    ["--page <PORT>", "serve: a live page of the DMA and the stream on this port (default 7968; 0 for none)"],
    ["--fault <NAME>", "serve: something that goes wrong, by name"],
    ["--simulator <NAME>", "serve: embedded (the default; Verilator does not keep a core between transfers)"],
    ["--images <N>", "run: only the first N test images"],
  ],
  run: (context) => {
    const [action = ""] = context.args
    if (action === "serve" || action === "run" || action === "doctor") return actions[action](context)
    throw usage("board", `"${action}" is no action; expected serve, run or doctor`)
  },
}

async function serve(context: Context) {
  const {host, given, say, watch} = context
  refuseSimulator(text(given.simulator))
  const installed = await packageOf(context)
  const fault = typeof given.fault === "string" ? faultByName(given.fault) : undefined
  const address = text(given.address) ?? "127.0.0.1"
  const virtual = new VirtualBoard({
    board: await loadBoard(installed.description.board, host),
    packages: [installed],
    host,
    log: say,
    ...(fault ? {fault: fault.name} : {}),
  })
  say(`compiling ${installed.description.name} for the embedded simulator`)
  await virtual.prepare()
  const written = await writeStandIn(host.files, installed, fault?.name)
  const server = await serveBoard(virtual, await transport(), {address, port: portOf(given.port, "--port") ?? 7967})
  const pagePort = portOf(given.page, "--page") ?? 7968
  const page = pagePort === 0 ? undefined : await servePage(virtual, http, {address, port: pagePort})
  for (const path of written) say(`wrote   ${path}`)
  say(`board   ${virtual.board.title}, ${virtual.board.part}, virtual: RTL of ${installed.description.stem}`)
  if (fault) say(`fault   ${fault.name}: ${fault.cause}`)
  if (!/^(127\.|localhost$|::1$)/.test(address))
    say(`WARNING anybody who reaches ${address} can use it: PYNQ.remote has no password`)
  say(`serving PYNQ.remote on ${address}:${server.port}: PYNQ_REMOTE_DEVICES=${address} python ...`)
  if (page) say(`page    http://${address}:${page.port}/`)
  say("stop with Ctrl-C")
  await new Promise<void>((resolve) => {
    if (watch.signal === undefined || watch.signal.aborted) resolve()
    else watch.signal.addEventListener("abort", () => resolve(), {once: true})
  })
  await page?.stop()
  await server.stop()
  return {
    report: {
      stage: "board",
      served: installed.description.stem,
      loads: virtual.loads,
      totals: virtual.fabric?.coupling.totals ?? null,
    },
  }
}

async function run(context: Context) {
  const {host, given, say} = context
  const installed = await packageOf(context)
  const {description, folder, selfTest} = installed
  const now = () => host.clock.wallSeconds()
  const remote = await connect(text(given.host) ?? "127.0.0.1", await transport(), {
    port: portOf(given.port, "--port") ?? 7967,
  })
  try {
    await remote.load(await host.files.read(`${folder}/${description.stem}.bit`), description.stem)
    const accelerator = await Accelerator.open(remote, installed, now)
    const wrong = differences(await accelerator.predict(selfTest.images), selfTest.results)
    const size = description.input.height * description.input.width * description.input.channels
    const all = await testImages(context, installed)
    const images = all.images.subarray(0, (imageCount(given.images) ?? all.labels.length) * size)
    const started = now()
    const results = await accelerator.predict(images)
    const seconds = now() - started
    await accelerator.close()
    const {count, kind} = description.output
    const total = results.length / count
    let right = 0
    for (let i = 0; i < total; i++) {
      const row = results.subarray(i * count, (i + 1) * count)
      const guess = kind === "class" ? row[0] : row.indexOf(row.reduce((a, b) => Math.max(a, b)))
      if (guess === all.labels[i]) right++
    }
    say(
      `${remote.name}: ${description.name}, self-test ${wrong === 0 ? "passed" : `FAILED: ${wrong} of ${selfTest.results.length} results differ`}`,
    )
    say(`${total} images in ${seconds.toFixed(2)} s, ${((100 * right) / total).toFixed(2)} % right`)
    const report = {stage: "board", board: remote.name, images: total, right, selfTestDifferences: wrong}
    return {report, exitCode: wrong === 0 ? (0 as const) : (1 as const)}
  } finally {
    remote.close()
  }
}

async function doctor(context: Context) {
  const {host, given, args, say} = context
  const target = args[1]
  const isFolder = target !== undefined && (await host.files.exists(`${target}/accelerator.json`))
  const folder = text(given.package) ?? (isFolder ? target : undefined)
  const address = text(given.host) ?? (isFolder ? undefined : target)
  if (folder === undefined)
    throw usage("board doctor", "no package: the doctor compares a board, or a folder, with what `tlast package` made")
  const findings: Finding[] = [...(await diagnosePackage(host.files, folder))]
  if (address !== undefined && findings.length === 0) {
    const remote = await connect(address, await transport(), {port: portOf(given.port, "--port") ?? 7967})
    try {
      const installed = await readInstalled(host.files, folder)
      findings.push(...(await diagnoseBoard(remote, installed, host)))
    } finally {
      remote.close()
    }
  }
  for (const {name, found, cause, cure} of findings) {
    say(`${name}: ${found}`)
    say(`  cause  ${cause}`)
    say(`  cure   ${cure}`)
  }
  if (findings.length === 0) say(`nothing wrong found in ${folder}${address === undefined ? "" : ` and on ${address}`}`)
  return {report: {stage: "doctor", findings}, exitCode: findings.length === 0 ? (0 as const) : (1 as const)}
}

async function packageOf({host, given, args}: Context): Promise<Installed> {
  const folder = text(given.package) ?? args[1]
  if (folder === undefined) throw usage("board", "no package; expected --package build/<name>/board/<board>")
  return readInstalled(host.files, folder)
}

async function testImages({host}: Context, {folder}: Installed) {
  const read = async (name: string) => new Uint8Array(parseNpy(await host.files.read(`${folder}/${name}`), name).data)
  return {images: await read("test_images.npy"), labels: await read("test_labels.npy")}
}

const differences = (found: Int32Array, expected: Int32Array): number =>
  expected.reduce((sum, value, i) => sum + (value === found[i] ? 0 : 1), 0)

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

/** The DMA is coupled to a core that keeps its state between transfers, which only the embedded simulator's session does. */
function refuseSimulator(name: string | undefined): void {
  if (name === undefined || name === "embedded") return
  if (name !== "verilator") throw usage("board serve --simulator", `"${name}" found; expected embedded`)
  throw new TlastError({
    code: "UNSUPPORTED",
    where: "board serve --simulator",
    message:
      "verilator found; a virtual board runs in the embedded simulator only: our Verilator harness starts from power-up and keeps no core between transfers",
    hint: "leave --simulator out; `tlast verify --simulator verilator` checks the same RTL in Verilator",
  })
}

function portOf(value: unknown, flag: string): number | undefined {
  if (typeof value !== "string") return undefined
  const port = Number(value)
  if (!/^\d{1,5}$/.test(value) || port > 65_535) throw usage(flag, `"${value}" is no port; expected 0 to 65535`)
  return port
}

function imageCount(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined
  if (!/^[1-9]\d{0,6}$/.test(value)) throw usage("--images", `"${value}" is no number of images; expected 1 or more`)
  return Number(value)
}

const usage = (where: string, message: string): TlastError =>
  new TlastError({code: "USAGE", where, message, hint: "`tlast board --help` lists what there is"})
