import type {Host} from "../host/host.ts"

/** The driver that runs on the board, in the order of reading. */
export const driverNames = [
  "__init__.py",
  "accelerator.py",
  "dma.py",
  "images.py",
  "packets.py",
  "bitfile.py",
  "compat.py",
] as const

/** Its files by name. */
export async function driverFiles(host: Host): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {}
  for (const name of driverNames) {
    files[name] = new TextDecoder().decode(await host.files.asset(`python/tlast_pynq/${name}`))
  }
  return files
}
