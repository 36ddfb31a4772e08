import {library} from "../emit/emit.ts"
import type {Host} from "../host/host.ts"

/** The hand-written modules of rtl/, by name: what emit() is given. */
export async function readLibrary(host: Host): Promise<Readonly<Record<string, string>>> {
  const files = library.map(
    async (file) => [file, new TextDecoder().decode(await host.files.asset(`rtl/${file}`))] as const,
  )
  return Object.fromEntries(await Promise.all(files))
}
