import {type Config, parseConfig} from "../src/config/schema.ts"
import {TlastError} from "../src/errors.ts"

/** A flag of every verb that reads the configuration: the same word everywhere. */
export interface Flag {
  readonly name: string
  readonly value: string
  readonly help: string
  readonly number?: true
  /** Where it lands in the configuration. */
  readonly key: keyof Config | `train.${string}` | `quantize.${string}` | `search.${string}`
}

export const configFlags: readonly Flag[] = [
  {name: "network", value: "NAME|FILE", help: "a network of tlast's own, or a model file", key: "network"},
  {
    name: "data",
    value: "NAME|DIR",
    help: "mnist, fashion-mnist, shapes, tones, or a folder of idx files, gzipped or not",
    key: "data",
  },
  {name: "board", value: "NAME", help: "what it has to fit on: pynq-z1, pynq-z2, xc7z010", key: "board"},
  {name: "clock", value: "MHZ", help: "the fabric's clock", number: true, key: "clockMhz"},
  {name: "lanes", value: "N", help: "elements a clock on s_axis", number: true, key: "lanes"},
  {
    name: "rate",
    value: "IMAGES_PER_S",
    help: "the rate to reach, instead of lanes",
    number: true,
    key: "imagesPerSecond",
  },
  {name: "target", value: "KIND", help: "fastest that fits, or smallest, instead of lanes", key: "target"},
  {name: "weights", value: "KIND", help: "constant, or loadable over the stream", key: "weights"},
  {name: "packets", value: "KIND", help: "raw: whole images; header: the seven-word protocol", key: "packets"},
  {name: "output", value: "KIND", help: "logits: every result; class: the number of the largest", key: "output"},
  {name: "results", value: "BITS", help: "of a result behind header packets: 16 or 32", number: true, key: "results"},
  {
    name: "arithmetic",
    value: "KIND",
    help: "default, or hls-2020: bit for bit the known HLS design",
    key: "arithmetic",
  },
  {
    name: "weight-scale",
    value: "N",
    help: "integer weights = imported float weights x N",
    number: true,
    key: "weightScale",
  },
  {name: "backend", value: "KIND", help: "rtl, or hls: C++", key: "backend"},
  {name: "simulator", value: "NAME", help: "embedded, or verilator where it is installed", key: "simulator"},
  {name: "images", value: "N", help: "only the first N test images", number: true, key: "images"},
  {name: "seed", value: "N", help: "the same seed gives the same bytes", number: true, key: "seed"},
  {name: "out", value: "DIR", help: "where everything goes (default build/<network>)", key: "out"},
  {name: "epochs", value: "N", help: "passes over the training images", number: true, key: "train.epochs"},
  {name: "weight-bits", value: "N", help: "1 to 8; 1 is -1 or +1", number: true, key: "quantize.weightBits"},
  {name: "activation-bits", value: "N", help: "1 to 8", number: true, key: "quantize.activationBits"},
  {name: "input-bits", value: "N", help: "1 to 8 bits of a pixel", number: true, key: "quantize.inputBits"},
  {
    name: "fine-tune",
    value: "EPOCHS",
    help: "quantisation-aware training",
    number: true,
    key: "quantize.fineTuneEpochs",
  },
  {
    name: "accuracy",
    value: "PERCENT",
    help: "what a search has to reach, of the images held out",
    number: true,
    key: "search.accuracy",
  },
]

/** "--weight-scale" as commander names its value. */
export const camel = (name: string): string => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

/** Each says how fast the core is: a flag of one of them stands for all three of the file. */
const paces = ["lanes", "rate", "target"] as const

/** The configuration with the flags laid over it. Throws FLAG_VALUE naming the flag. */
export function withFlags(config: Config, given: Readonly<Record<string, unknown>>): Config {
  const paced = paces.some((flag) => given[flag] !== undefined)
  let result = paced ? withoutPace(config) : config
  for (const flag of configFlags) {
    const text = given[camel(flag.name)]
    if (typeof text !== "string") continue
    const [first = "", second] = flag.key.split(".")
    const value = flag.number ? numberOf(flag, text) : text
    const parsed = checked(flag, second === undefined ? {[first]: value} : {[first]: {[second]: value}})
    result = {
      ...result,
      ...parsed,
      ...(parsed.train === undefined ? {} : {train: {...result.train, ...parsed.train}}),
      ...(parsed.quantize === undefined ? {} : {quantize: {...result.quantize, ...parsed.quantize}}),
      ...(parsed.search === undefined ? {} : {search: {...result.search, ...parsed.search}}),
    }
  }
  return result
}

function withoutPace({lanes, imagesPerSecond, target, ...rest}: Config): Config {
  return rest
}

function numberOf(flag: Flag, text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text)
  if (!Number.isNaN(value)) return value
  throw flagError(flag, `${JSON.stringify(text)} is not a number`, `write --${flag.name} ${flag.value}: ${flag.help}`)
}

function checked(flag: Flag, value: object): Config {
  try {
    return parseConfig(value, `--${flag.name}`)
  } catch (error) {
    if (error instanceof TlastError) throw flagError(flag, error.problem.message, error.problem.hint)
    throw error
  }
}

const flagError = ({name}: Flag, message: string, hint: string): TlastError =>
  new TlastError({code: "FLAG_VALUE", where: `--${name}`, message, hint})
