import {byName} from "../../models/index.ts"
import {TlastError} from "../errors.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import {floatModelFromJson} from "../graph/json.ts"
import {checkName} from "../graph/name.ts"
import type {FloatModel, Network} from "../graph/network.ts"
import type {Host} from "../host/host.ts"
import {importTflite} from "../import/tflite.ts"
import {sha256} from "./hash.ts"

/** Where the network comes from: a description to train, or a file that brings its parameters. */
export type Source =
  | {readonly kind: "network"; readonly network: Network}
  | {
      readonly kind: "model"
      readonly file: string
      readonly sha256: string
      readonly model: FloatModel
      /** Where the file's integers are taken over as they are. */
      readonly integer?: IntegerNetwork
      /** "float", "bit-exact", "rewritten" */
      readonly verdict: string
    }

/** Errors: UNKNOWN_NETWORK, UNKNOWN_FORMAT, FILE_NOT_FOUND, and those of the import. */
export async function openSource(given: string | Network, host: Host): Promise<Source> {
  if (typeof given !== "string") return {kind: "network", network: given}
  if (!/[./\\]/.test(given)) return {kind: "network", network: byName(given)}
  const bytes = await host.files.read(given)
  const name = nameOf(given)
  const file = {kind: "model", file: given.replace(/^.*[\\/]/, ""), sha256: await sha256(bytes)} as const
  if (/\.tflite$/i.test(given)) {
    const imported = importTflite(bytes, {name})
    const {verdict} = imported.report
    const {model} = imported
    return imported.kind === "float" ? {...file, model, verdict} : {...file, model, integer: imported.network, verdict}
  }
  if (/\.json$/i.test(given)) {
    return {...file, model: floatModelFromJson(new TextDecoder().decode(bytes), given), verdict: "float"}
  }
  throw new TlastError({
    code: "UNKNOWN_FORMAT",
    where: given,
    message: "a network is read from .tflite and tlast's own .json files",
    hint: "convert it to one of them, or describe the network in tlast.config.ts",
  })
}

/** "my-net.v2.tflite" is my_net_v2: safe as an identifier and a folder. Throws BAD_NAME where nothing is left. */
function nameOf(path: string): string {
  const base = path.replace(/^.*[\\/]/, "").replace(/\.[^.]*$/, "")
  const name = base
    .replace(/[^A-Za-z0-9_]/g, "_")
    .replace(/^(?![A-Za-z])/, "net_")
    .slice(0, 60)
  checkName("network", name)
  return name
}
