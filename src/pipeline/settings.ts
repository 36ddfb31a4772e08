import {names, presetOf} from "../../models/index.ts"
import {type Config, defaults} from "../config/schema.ts"
import {type DataSource, dataNames} from "../data/data.ts"
import type {Network} from "../graph/network.ts"
import type {Host} from "../host/host.ts"
import {openSource, type Source} from "./source.ts"

type Filled = Config & Required<Pick<Config, keyof typeof defaults>>

/** A configuration with every gap filled and its network found: what the stages are run with. */
export interface Settings {
  /** The network's, and by default the build folder's. */
  readonly name: string
  readonly out: string
  readonly network: Network
  readonly source: Source
  readonly config: Filled
}

/** Errors: those of openSource. */
export async function settingsOf(config: Config, host: Host): Promise<Settings> {
  const filled = withPreset({...defaults, ...config}, config)
  const source = await openSource(filled.network, host)
  const network = source.kind === "network" ? source.network : source.model.network
  return {name: network.name, out: config.out ?? `build/${network.name}`, network, source, config: filled}
}

/** What a network that comes with tlast is built with, where the configuration does not say otherwise. */
function withPreset(filled: Filled, {data, train, quantize, arithmetic}: Config): Filled {
  const {network} = filled
  if (typeof network !== "string" || !names.includes(network)) return filled
  const preset = presetOf(network)
  const chosen = arithmetic === "hls-2020" ? quantize : {...preset.quantize, ...quantize}
  return {
    ...filled,
    data: data ?? preset.data ?? filled.data,
    ...(preset.train === undefined ? {} : {train: {...preset.train, ...train}}),
    ...(chosen === undefined || Object.keys(chosen).length === 0 ? {} : {quantize: chosen}),
  }
}

/** The data set that the configuration names: one that tlast knows, or a folder. */
export function dataSource({config: {data}}: Settings): DataSource {
  return dataNames.includes(data) || !/[./\\]/.test(data) ? {name: data} : {folder: data}
}
