// The same accelerator, another model: built once, it runs one data set, takes the weights trained on another through its
// stream, runs that, and goes back. Run: npm run example:another-model
import * as tlast from "tlast"

export interface AnotherModel {
  readonly host: tlast.Host
  /** Everything goes into build folders below it. */
  readonly out: string
  /** By name: the data set that the accelerator is built with, and the other. "mnist", or folders of idx files. */
  readonly data: readonly [one: NamedData, other: NamedData]
  /** Images of each test set to run. */
  readonly images: number
  /** Anything else of tlast.config.ts: the network, epochs, layers. */
  readonly config?: tlast.Config
  say(line: string): void
}

export interface NamedData {
  readonly name: string
  readonly source: string
}

export interface Visit {
  readonly name: string
  /** Images whose largest result is their label, and those run. */
  readonly right: number
  readonly images: number
  /** Results of the simulated hardware, and those that differ from the golden model's of this network. */
  readonly results: number
  readonly differ: number
  readonly rtl: string
}

/** One core, three visits: to the first model, the other, and the first again. Errors: those of the stages. */
export async function anotherModel({host, out, data, images, config = {}, say}: AnotherModel) {
  // Both are trained and quantised alike; only the first becomes hardware.
  const models = []
  for (const [index, {name, source}] of data.entries()) {
    const to = index === 0 ? "emit" : "quantize"
    say(`${name}: train and quantise${index === 0 ? ", plan and emit RTL" : ""}`)
    const settings = await tlast.settingsOf(
      {...config, weights: "loadable", packets: "header", data: source, out: `${out}/${name}`},
      host,
    )
    await tlast.runBuild({host, settings, to})
    const outputs = tlast.openOutputs(host, settings)
    models.push({name, outputs, network: await outputs.integer(), test: await outputs.test()})
  }
  const [built, other] = models as [(typeof models)[0], (typeof models)[0]]
  const plan = await built.outputs.plan()
  const {loadable} = plan
  if (loadable === undefined) throw new Error("the build is not loadable")

  // From here on the RTL is one compiled simulation of these files; a visit begins by reading them again.
  const simulator = await tlast.simulate(await tlast.compile(await built.outputs.design()))
  const packets: {readonly words: Uint16Array; check(answer: Uint16Array): void}[] = []
  const visits: Visit[] = []
  for (const {name, network, test} of [built, other, built]) {
    const rtl = await hash((await built.outputs.design()).files)
    for (const load of tlast.loadPackets(built.network, network, loadable))
      packets.push({words: load.words, check: (answer) => tlast.checkEcho(load, answer)})
    const count = Math.min(images, test.labels.length)
    const size = test.images.length / test.labels.length
    const pixels = tlast.toElements(test.images.subarray(0, count * size), built.network.input.format.bits)
    const golden = tlast.runGolden(network, pixels).outputs
    const outputs = golden.length / count
    const visit = {name, right: 0, images: count, results: golden.length, differ: 0, rtl}
    visits.push(visit)
    for (let first = 0; first < count; first += 100) {
      const some = Math.min(100, count - first)
      const words = tlast.executePacket(built.network, pixels.subarray(first * size, (first + some) * size), some)
      const check = (answer: Uint16Array) => {
        const results = tlast.readResults(built.network, loadable, some, answer)
        for (let i = 0; i < some; i++) {
          const own = results.subarray(i * outputs, (i + 1) * outputs)
          visit.differ += own.filter((value, k) => value !== golden[(first + i) * outputs + k]).length
          visit.right += own.indexOf(Math.max(...own)) === test.labels[first + i] ? 1 : 0
        }
      }
      packets.push({words, check})
    }
  }

  say(`simulate ${packets.length} packets through one accelerator, without a reset between them`)
  const {lanes, cycles} = await simulator.stream({
    lanes: [packets.map(({words}) => ({bytes: new Uint8Array(words.buffer)}))],
    imageBytes: 2,
    source: {kind: "none"},
    sink: {kind: "none"},
  })
  const answers = split(lanes[0]?.words ?? new Int32Array(), lanes[0]?.last ?? new Uint8Array())
  if (answers.length !== packets.length) throw new Error(`${answers.length} answers to ${packets.length} packets`)
  for (const [i, {check}] of packets.entries()) check(answers[i] ?? new Uint16Array())
  const loads = packets.filter(({words}) => words[0] !== 0).reduce((sum, {words}) => sum + words.length, 0)
  return {visits, cycles, interval: plan.interval, wordsALoad: loads / 3}
}

/** Words of the answers, one a TLAST. */
function split(words: Int32Array, last: Uint8Array): readonly Uint16Array[] {
  const answers: Uint16Array[] = []
  let start = 0
  for (const [i, ends] of last.entries()) {
    if (ends === 0) continue
    answers.push(Uint16Array.from(words.subarray(start, i + 1)))
    start = i + 1
  }
  return answers
}

/** SHA-256 over names and texts. */
async function hash(files: Readonly<Record<string, string>>): Promise<string> {
  const all = JSON.stringify(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)))
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(all))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("")
}
