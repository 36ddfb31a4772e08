import {nearest, TlastError} from "../errors.ts"
import type {Resources} from "../graph/design.ts"

/** What the parts of the Zynq-7000 boards have. */
export const devices: Readonly<Record<string, Resources>> = {
  xc7z010: {lut: 17600, ff: 35200, dsp: 80, bram36: 60},
  xc7z020: {lut: 53200, ff: 106400, dsp: 220, bram36: 140},
}

/** A device by name or part ("xc7z020clg400-1"). Throws UNKNOWN_DEVICE. */
export function device(name: string): {readonly name: string; readonly resources: Resources} {
  for (const [known, resources] of Object.entries(devices))
    if (name === known || name.startsWith(`${known}clg`)) return {name: known, resources}
  const guess = nearest(name, Object.keys(devices))
  throw new TlastError({
    code: "UNKNOWN_DEVICE",
    where: "device",
    message: `${JSON.stringify(name)} is not known; known are ${Object.keys(devices).join(", ")}`,
    hint: guess === undefined ? "choose one of those, or a board" : `did you mean ${guess}?`,
  })
}
