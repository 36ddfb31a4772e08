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
  const filled: Filled = {...defaults, ...config}
  const source = await openSource(filled.network, host)
  const network = source.kind === "network" ? source.network : source.model.network
  return {name: network.name, out: config.out ?? `build/${network.name}`, network, source, config: filled}
}

/** The data set that the configuration names: one that tlast knows, or a folder. */
export function dataSource({config: {data}}: Settings): DataSource {
  return dataNames.includes(data) || !/[./\\]/.test(data) ? {name: data} : {folder: data}
}
