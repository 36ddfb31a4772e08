import {TlastError} from "../errors.ts"
import type {Files} from "../host/host.ts"
import {importDefault} from "../host/module.ts"
import {type Config, parseConfig} from "./schema.ts"

/** Names looked for in the current folder, in this order. */
export const configNames = ["tlast.config.ts", "tlast.config.json"] as const

/**
 * The configuration of a file, or of the current folder where none is named; {} where there is none.
 * Errors: CONFIG_TWICE, CONFIG_SYNTAX, CONFIG_KEY, CONFIG_VALUE, MODULE_FAILED, FILE_NOT_FOUND.
 */
export async function loadConfig(files: Files, path?: string): Promise<Config> {
  const file = path ?? (await findConfig(files))
  if (file === undefined) return {}
  if (file.endsWith(".json")) return parseConfig(parseJson(await files.readText(file), file), file)
  if (/\.[cm]?[jt]s$/.test(file)) {
    await files.read(file)
    return parseConfig(await importDefault(file), file)
  }
  throw new TlastError({
    code: "CONFIG_SYNTAX",
    where: file,
    message: "a configuration is a .ts or .json file",
    hint: "rename it, or make one with `tlast init`",
  })
}

async function findConfig(files: Files): Promise<string | undefined> {
  const found: string[] = []
  for (const name of configNames) if (await files.exists(name)) found.push(name)
  if (found.length > 1) {
    throw new TlastError({
      code: "CONFIG_TWICE",
      where: found.join(" and "),
      message: "both are there, and only one can count",
      hint: "remove one, or name one with --config",
    })
  }
  return found[0]
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new TlastError({
      code: "CONFIG_SYNTAX",
      where,
      message: `not valid JSON: ${error instanceof Error ? error.message : String(error)}`,
      hint: "mend it there; JSON takes no comments and no comma after the last entry (tlast.config.ts takes both)",
    })
  }
}
