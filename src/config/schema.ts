import * as v from "valibot"
import {nearest, TlastError} from "../errors.ts"
import type {Network} from "../graph/network.ts"

const text = (what: string) => v.pipe(v.string(`a text is needed: ${what}`), v.nonEmpty(`it is empty: ${what}`))
const whole = (least: number, most: number, hint = "") => {
  const range = `a whole number from ${least} to ${most} is needed${hint}`
  return v.pipe(v.number(range), v.integer(range), v.minValue(least, range), v.maxValue(most, range))
}
const between = (least: number, most: number, hint = "") => {
  const range = `a number from ${least} to ${most} is needed${hint}`
  return v.pipe(v.number(range), v.finite(range), v.minValue(least, range), v.maxValue(most, range))
}
const choice = <const T extends readonly string[]>(words: T) => v.picklist(words, `it is one of: ${words.join(", ")}`)
/** One number for all layers, or one a layer by name, with `default` for the rest. */
const bits = (least: number, what: string) => {
  const one = whole(least, 8, `: the hardware's ${what} have ${least} to 8 bits`)
  return v.union([one, v.record(v.string(), one)])
}
const network = v.custom<Network>(
  (value) => typeof value === "object" && value !== null && "layers" in value && Array.isArray(value.layers),
  "a network's name, a model file, or what network(...) returns is needed",
)

type Optional<Entries extends v.ObjectEntries> = {
  readonly [Key in keyof Entries]: v.ExactOptionalSchema<Entries[Key], undefined>
}
/** Every key may be left out. */
const optional = <const Entries extends v.ObjectEntries>(entries: Entries): Optional<Entries> =>
  Object.fromEntries(
    Object.entries(entries).map(([key, entry]) => [key, v.exactOptional(entry)]),
  ) as unknown as Optional<Entries>

const trainEntries = {
  epochs: whole(1, 1000),
  batch: whole(1, 4096),
  rate: between(1e-6, 1),
  heldOut: whole(1, 1e7),
  augment: v.boolean("true or false is needed"),
  ema: between(0, 0.999999, ": how much of the average of the parameters each step keeps"),
  patience: whole(1, 1000, ": epochs without a better one"),
  teacher: text("a trained model's file"),
  teacherShare: between(0, 1, ": of the loss"),
  temperature: between(0.1, 100),
}

const quantizeEntries = {
  weightBits: bits(1, "weights"),
  activationBits: bits(1, "activations"),
  inputBits: whole(1, 8, ": pixels have 1 to 8 bits"),
  perChannel: v.boolean("true or false is needed"),
  weightFraction: whole(-16, 30),
  rounding: choice(["tflite", "half-up", "half-even", "floor"]),
  overflow: choice(["saturate", "wrap"]),
  fineTuneEpochs: whole(0, 1000),
  fineTuneRate: between(1e-6, 1),
  cheapConstants: between(0, 1000, ": how hard weights are drawn to few nonzero signed digits"),
  prune: between(0, 0.99, ": the share of each layer's weights that becomes zero"),
  teacher: text('"float", the model that is quantised, or another trained model\'s file'),
}

const layerEntries = {
  engine: choice(["constant", "folded", "serial"]),
  pe: whole(1, 65_536),
  simd: whole(1, 65_536),
  addersPerStage: v.picklist([1, 2] as const, "1 or 2 adders between registers"),
  multiplier: choice(["dsp", "packed", "lut"]),
  memory: choice(["block", "distributed"]),
  rows: choice(["block", "distributed"]),
}

const bitsEntries = v.strictObject({
  weights: whole(1, 8),
  middle: v.exactOptional(whole(1, 8)),
  activations: whole(1, 8),
  pixels: whole(1, 8),
})
const searchEntries = {
  accuracy: between(0, 100, ": percent of the images held out"),
  filters: v.pipe(v.array(v.pipe(v.array(whole(1, 1024)), v.minLength(1))), v.minLength(1)),
  kernels: v.pipe(v.array(whole(1, 64)), v.minLength(1)),
  bits: v.pipe(v.array(bitsEntries), v.minLength(1)),
}

const entries = {
  network: v.union([text("a network's name or a model file"), network]),
  data: text("mnist, fashion-mnist, shapes, tones, or a folder of idx files"),
  board: text("a board's name"),
  clockMhz: between(1, 1000, "; clocks are in MHz"),
  lanes: whole(1, 16),
  imagesPerSecond: between(1, 1e9),
  target: choice(["fastest", "smallest"]),
  layers: v.record(v.string(), v.strictObject(optional(layerEntries))),
  weights: choice(["constant", "loadable"]),
  packets: choice(["raw", "header"]),
  output: choice(["logits", "class"]),
  results: v.picklist([16, 32] as const, "16 or 32 bits a result of header packets"),
  arithmetic: choice(["default", "hls-2020"]),
  weightScale: between(2 ** -20, 2 ** 20),
  backend: choice(["rtl", "hls"]),
  simulator: choice(["embedded", "verilator"]),
  images: whole(1, 1e7),
  seed: whole(0, 2 ** 31 - 1),
  out: text("a folder"),
  train: v.strictObject(optional(trainEntries)),
  quantize: v.strictObject(optional(quantizeEntries)),
  search: v.strictObject(optional(searchEntries)),
}

/** Keys that hold keys of their own. */
const groups = {train: trainEntries, quantize: quantizeEntries, search: searchEntries}

const schema = v.strictObject(optional(entries))

/** What tlast.config.ts or .json may hold; every key may be left out (defaults: `defaults`). Flags override it. */
export type Config = v.InferOutput<typeof schema>

/** The values that hold where neither the configuration nor a flag says otherwise. */
export const defaults = {
  network: "digits16",
  data: "mnist",
  board: "pynq-z2",
  clockMhz: 100,
  weights: "constant",
  packets: "raw",
  arithmetic: "default",
  backend: "rtl",
  seed: 1,
} as const satisfies Config

/** Helps the editor in tlast.config.ts; returns its argument. */
export const defineConfig = (config: Config): Config => config

/** Checks a configuration. Throws CONFIG_KEY (with the nearest known key) or CONFIG_VALUE; `where` is the file. */
export function parseConfig(value: unknown, where: string): Config {
  if (Array.isArray(value)) throw notAnObject(where, value)
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  const [issue] = result.issues
  const path = (issue.path ?? []).map(({key}) => String(key))
  if (issue.type === "strict_object" && issue.expected === "never") throw unknownKey(where, path)
  const place = path.length === 0 ? where : `${where}: ${path.join(".")}`
  throw new TlastError({
    code: "CONFIG_VALUE",
    where: place,
    message: `${shown(valueAt(value, path))} found`,
    hint: unitHint(path, valueAt(value, path)) ?? sentence(issue),
  })
}

/** Every key, nested ones with a dot: what docs and `tlast init` are tested against. */
export const configKeys: readonly string[] = Object.keys(entries).flatMap((key) =>
  key in groups ? Object.keys(groups[key as keyof typeof groups]).map((inner) => `${key}.${inner}`) : [key],
)

const notAnObject = (where: string, value: unknown): TlastError =>
  new TlastError({
    code: "CONFIG_VALUE",
    where,
    message: `${shown(value)} found`,
    hint: "an object of keys is needed: {...}",
  })

function unknownKey(where: string, path: readonly string[]): TlastError {
  const key = path[path.length - 1] ?? ""
  const group = path.length > 1 ? path[0] : undefined
  const known = group !== undefined && group in groups ? groups[group as keyof typeof groups] : entries
  const here = nearest(key, Object.keys(known)) ?? Object.keys(known).find((word) => word.startsWith(key))
  const elsewhere = configKeys.find((word) => word.split(".").pop() === key)
  const guess =
    elsewhere ?? (here === undefined ? undefined : [group, here].filter((word) => word !== undefined).join("."))
  return new TlastError({
    code: "CONFIG_KEY",
    where,
    message: `unknown key "${path.join(".")}"`,
    hint: guess === undefined ? `known are ${Object.keys(known).join(", ")}` : `did you mean "${guess}"?`,
  })
}

function sentence(issue: v.BaseIssue<unknown>): string {
  const parts = issue.issues?.map(({message}) => message) ?? [issue.message]
  return parts[parts.length - 1] ?? issue.message
}

/** 100000000 as a clock is surely in Hz. */
function unitHint(path: readonly string[], value: unknown): string | undefined {
  if (path[0] !== "clockMhz" || typeof value !== "number" || value < 1e6) return undefined
  return `clocks are in MHz: ${value / 1e6} where ${value} Hz is meant`
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  )
}

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value)
  return json.length > 80 ? `${json.slice(0, 77)}...` : json
}
