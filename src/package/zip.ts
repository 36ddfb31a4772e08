import {zipSync} from "fflate"

/** A zip with the same bytes from the same files, everywhere: entries in order of name, one time stamp, one deflate. */
export function zip(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  // fflate writes local time; a time without a zone is local, so the entry says the same in every zone.
  const mtime = "1980-01-01T00:00:00"
  const names = Object.keys(files).sort()
  return zipSync(Object.fromEntries(names.map((name) => [name, [files[name] ?? new Uint8Array(), {mtime, level: 9}]])))
}
