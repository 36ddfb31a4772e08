import {resolve} from "node:path"
import {fileURLToPath, pathToFileURL} from "node:url"
import {createJiti} from "jiti"
import {TlastError} from "../errors.ts"

/**
 * The default export of a TypeScript or JavaScript file. `import ... from "tlast"` in it means this tlast, installed or
 * not. Throws MODULE_FAILED with the file and what it threw.
 */
export async function importDefault(path: string): Promise<unknown> {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js"
  const self = fileURLToPath(new URL(`../index.${extension}`, import.meta.url))
  const full = resolve(path)
  try {
    const jiti = createJiti(pathToFileURL(full).href, {alias: {tlast: self}, fsCache: false, moduleCache: false})
    return await jiti.import(full, {default: true})
  } catch (error) {
    // The file may have loaded a second copy of the class: it is known by its shape.
    if (error instanceof Error && error.name === "TlastError") throw error
    const message = error instanceof Error ? error.message : String(error)
    throw new TlastError(
      {code: "MODULE_FAILED", where: path, message, hint: "mend the file; its default export is the configuration"},
      {cause: error},
    )
  }
}
