import {nearest, TlastError} from "../src/errors.ts"
import type {Network} from "../src/graph/network.ts"
import {binary64x32} from "./binary64x32.ts"
import {dense128x10} from "./dense128x10.ts"
import {digits6x12} from "./digits6x12.ts"
import {digits8x16} from "./digits8x16.ts"
import {digits16} from "./digits16.ts"
import {digits16x32} from "./digits16x32.ts"
import {digits16x32x48} from "./digits16x32x48.ts"
import {mlp128} from "./mlp128.ts"
import {residual} from "./residual.ts"
import {rgb32} from "./rgb32.ts"
import {separable} from "./separable.ts"
import {spectrogram} from "./spectrogram.ts"
import {strided} from "./strided.ts"

const networks: ReadonlyMap<string, Network> = new Map(
  [
    digits16,
    digits6x12,
    digits8x16,
    digits16x32,
    digits16x32x48,
    mlp128,
    dense128x10,
    binary64x32,
    strided,
    separable,
    residual,
    rgb32,
    spectrogram,
  ].map((network) => [network.name, network]),
)

/** Names of the networks that come with tlast. */
export const names: readonly string[] = [...networks.keys()]

/** What a network is built with where nothing else is said: part of a configuration (src/config/schema.ts). */
export interface Preset {
  readonly data?: string
  readonly train?: {readonly epochs?: number; readonly augment?: boolean}
  readonly quantize?: {
    readonly weightBits?: number
    readonly activationBits?: number
    readonly perChannel?: boolean
    readonly fineTuneEpochs?: number
  }
}

const presets: Readonly<Record<string, Preset>> = {
  binary64x32: {quantize: {weightBits: 1, activationBits: 4, perChannel: true, fineTuneEpochs: 10}},
  // Eight bits cost its depthwise layers 1.8 points, nearly all of which fine-tuning returns.
  separable: {quantize: {perChannel: true, fineTuneEpochs: 3}},
  residual: {quantize: {perChannel: true}},
  rgb32: {data: "shapes", train: {epochs: 20}},
  // Turned or shifted, one tone becomes another.
  spectrogram: {data: "tones", train: {epochs: 20, augment: false}, quantize: {perChannel: true}},
}

/** The preset of a network that comes with tlast; empty for any other. */
export const presetOf = (name: string): Preset => (Object.hasOwn(presets, name) ? (presets[name] ?? {}) : {})

/** A network that comes with tlast. Throws UNKNOWN_NETWORK with the nearest name. */
export function byName(name: string): Network {
  const found = networks.get(name)
  if (found) return found
  const guess = nearest(name, names)
  throw new TlastError({
    code: "UNKNOWN_NETWORK",
    where: `network ${JSON.stringify(name)}`,
    message: `no such network; there are ${names.join(", ")}`,
    hint: guess === undefined ? "name one of them, or a model file" : `did you mean ${guess}?`,
  })
}
