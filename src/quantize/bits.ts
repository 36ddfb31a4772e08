import {TlastError} from "../errors.ts"
import type {FormatOptions} from "./formats.ts"
import {isLinear, type LoweredLayer} from "./lower.ts"

/** A number of bits an option gives. Throws BAD_BITS where it is none. */
export function bits(option: string, where: string, value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= 8) return value
  throw bad(option, `is ${value} for ${where}`, "use a whole number of bits from 1 to 8")
}

/** Every name that bits are given for is a layer's that has such bits. Throws BAD_BITS. */
export function checkNames({weightBits, activationBits}: FormatOptions, layers: readonly LoweredLayer[]): void {
  for (const [option, given, known, what] of [
    ["weightBits", weightBits, layers.filter(isLinear), "layers with weights"],
    ["activationBits", activationBits, layers, "layers that compute"],
  ] as const)
    for (const name of typeof given === "object" ? Object.keys(given) : [])
      if (name !== "default" && !known.some((layer) => layer.name === name))
        throw bad(option, `names "${name}"`, `this network's ${what} are ${known.map((l) => l.name).join(", ")}`)
}

/** Throws BAD_BITS for a weightScale or weightFraction out of range. */
export function checkScales({weightScale, weightFraction}: FormatOptions): void {
  if (weightScale !== undefined && !(weightScale > 0 && weightScale <= 2 ** 16))
    throw bad("weightScale", `is ${weightScale}`, "use a scale above 0 and at most 65,536, such as 128")
  if (weightFraction !== undefined && !(Number.isInteger(weightFraction) && Math.abs(weightFraction) <= 16))
    throw bad("weightFraction", `is ${weightFraction}`, "use a whole number from -16 to 16, such as 7")
}

const bad = (option: string, message: string, hint: string): TlastError =>
  new TlastError({code: "BAD_BITS", where: `option ${option}`, message, hint})
