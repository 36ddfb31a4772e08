// Words of the command line for run.ts; where Fashion-MNIST comes from is in fashion.ts.
import * as tlast from "tlast"
import {fashionMnist} from "./fashion.ts"
import {anotherModel} from "./run.ts"

const usage = `npm run example:another-model -- [--data DIR] [--images N] [--epochs N] [--out DIR]
  --data DIR   the other model's data: four idx files (default: Fashion-MNIST, from its Debian package)
  --images N   of each test set (default 200; 10000 is all of them)
  --epochs N   of training each (default 3)
  --out DIR    build folder (default build/another-model)`

const host = tlast.nodeHost()
try {
  const flags = read(process.argv.slice(2))
  const out = flags.out ?? "build/another-model"
  const other =
    flags.data === undefined
      ? {name: "fashion", source: await fashionMnist(host, out)}
      : {name: "other", source: flags.data}
  const {visits, cycles, interval, wordsALoad} = await anotherModel({
    host,
    out,
    data: [{name: "mnist", source: "mnist"}, other],
    images: number(flags, "images", 200),
    config: {
      network: "digits16",
      layers: {conv1: {engine: "folded", pe: 16, simd: 5}},
      train: {epochs: number(flags, "epochs", 3)},
    },
    say: (line) => console.log(line),
  })
  console.log("")
  for (const {name, right, images, results, differ, rtl} of visits)
    console.log(
      `${name.padEnd(8)} ${((100 * right) / images).toFixed(2).padStart(6)} % of ${images} images right, ${differ} of ${results} results differ from golden, rtl sha256 ${rtl.slice(0, 16)}`,
    )
  const same = visits.every(({rtl}) => rtl === visits[0]?.rtl)
  const wrong = visits.reduce((sum, {differ}) => sum + differ, 0)
  const load = `${wordsALoad} words through the stream, ${(wordsALoad / 100).toFixed(1)} us at 100 MHz`
  console.log(same ? `not one bit of the RTL changed: a model is ${load}` : "the RTL CHANGED")
  console.log(`${cycles} clocks in all, ${interval} an image`)
  process.exitCode = same && wrong === 0 ? 0 : 1
} catch (error) {
  if (!(error instanceof tlast.TlastError)) throw error
  const {where, message, hint} = error.problem
  console.error(`error: ${where}: ${message}\n  ${hint}\n  [${error.code}]`)
  process.exitCode = error.exitCode
}

type Flags = Readonly<Partial<Record<"data" | "images" | "epochs" | "out", string>>>

function read(words: readonly string[]): Flags {
  const flags: Record<string, string> = {}
  for (let i = 0; i < words.length; i += 2) {
    const [name = "", value] = [words[i]?.replace(/^--/, ""), words[i + 1]]
    if (!["data", "images", "epochs", "out"].includes(name) || value === undefined) throw bad(words[i] ?? "", "")
    flags[name] = value
  }
  return flags
}

function number(flags: Flags, name: "images" | "epochs", otherwise: number): number {
  const text = flags[name]
  if (text === undefined) return otherwise
  if (!/^[1-9]\d{0,5}$/.test(text)) throw bad(`--${name}`, `"${text}" is no whole number above 0`)
  return Number(text)
}

const bad = (where: string, message: string): tlast.TlastError =>
  new tlast.TlastError({code: "USAGE", where, message: message || "no such word, or its value is missing", hint: usage})
