import {byName, names} from "../../models/index.ts"
import {type Config, defaults} from "../config/schema.ts"
import {type DataSource, dataNames} from "../data/data.ts"
import {TlastError} from "../errors.ts"
import type {Network} from "../graph/network.ts"
import type {Host} from "../host/host.ts"

type Filled = Config & Required<Pick<Config, keyof typeof defaults>>

/** A configuration with every gap filled and its network found: what the stages are run with. */
export interface Settings {
  /** The network's, and by default the build folder's. */
  readonly name: string
  readonly out: string
  readonly network: Network
  readonly config: Filled
}

/** Errors: UNKNOWN_NETWORK, UNSUPPORTED_FILE, and OUT_NOT_WRITABLE where the build folder cannot be made. */
export async function settingsOf(config: Config, host: Host): Promise<Settings> {
  const full: Filled = {...defaults, ...config}
  const network = await findNetwork(config.network ?? defaults.network, host)
  return {name: network.name, out: config.out ?? `build/${network.name}`, network, config: full}
}

/** The data set that the configuration names: one that tlast knows, or a folder. */
export function dataSource({config: {data}}: Settings): DataSource {
  return dataNames.includes(data) || !/[./\\]/.test(data) ? {name: data} : {folder: data}
}

async function findNetwork(given: string | Network, host: Host): Promise<Network> {
  if (typeof given !== "string") return given
  if (!/[./\\]/.test(given)) return byName(given)
  await host.files.read(given)
  throw new TlastError({
    code: "UNSUPPORTED_FILE",
    where: given,
    message: "building from a model file is not part of this version",
    hint: `describe the network in tlast.config.ts, or name one of ${names.join(", ")}`,
  })
}
