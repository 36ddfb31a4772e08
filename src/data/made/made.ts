import {elements} from "../../graph/shape.ts"
import type {Data, Dataset} from "../data.ts"
import {shapes} from "./shapes.ts"
import {tones} from "./tones.ts"

const MAKERS = {shapes, tones} as const

/** Data sets that are drawn when they are asked for: stand-ins for colour pictures and for spoken words. */
export const madeNames: readonly string[] = Object.keys(MAKERS)

const CLASSES = 10
const TRAINING = 10_000
const TEST = 2000

/** The same bytes every time. Training and test images are drawn alike, each from a seed of its own. */
export function made(name: string): Data | undefined {
  if (!Object.hasOwn(MAKERS, name)) return undefined
  const maker = MAKERS[name as keyof typeof MAKERS]
  const set = (first: number, count: number): Dataset => {
    const size = elements(maker.shape)
    const images = new Uint8Array(count * size)
    const labels = Uint8Array.from({length: count}, (_, index) => index % CLASSES)
    for (const [index, label] of labels.entries()) images.set(maker.draw(label, first + index), index * size)
    return {images, labels, shape: maker.shape, classes: CLASSES}
  }
  return {name, training: set(1_000_000, TRAINING), test: set(2_000_000, TEST)}
}
