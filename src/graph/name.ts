import {TlastError} from "../errors.ts"

const LONGEST_NAME = 64

/** Names that Windows keeps for devices: a network's name is its folder's, a layer's may be a file's. */
const DEVICES = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])$/i

/** Throws BAD_NAME unless it is safe as an identifier, a file name and an object key everywhere. `what`: "layer", "network". */
export function checkName(what: string, name: string): void {
  const reason = objection(name)
  if (reason === undefined) return
  throw new TlastError({
    code: "BAD_NAME",
    where: what,
    message: `its name ${JSON.stringify(String(name).slice(0, 80))} ${reason}`,
    hint: `use a letter, then letters, digits and _ (at most ${LONGEST_NAME} in all)`,
  })
}

/** Names that differ in case only are one file on some disks, so they count as the same. */
export const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

function objection(name: unknown): string | undefined {
  if (typeof name !== "string") return `is a ${typeof name}`
  if (name === "") return "is empty"
  if (name.length > LONGEST_NAME) return `is ${name.length} characters long`
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) return "has a character that an identifier may not have"
  if (name === "input") return "is taken: it stands for the image"
  if (name in Object.prototype) return "is a word that JavaScript keeps for itself"
  if (DEVICES.test(name)) return "is a word that Windows keeps for itself"
  return undefined
}
