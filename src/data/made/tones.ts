import type {Shape} from "../../graph/shape.ts"
import {between, chance} from "./chance.ts"

/** Spectrograms of ten sounds, 49 frames of 10 bands: tones that stay, rise, fall, bend or tremble, and clicks, with noise. */
export const tones: {readonly shape: Shape; readonly draw: (label: number, seed: number) => Uint8Array} = {
  shape: {height: 49, width: 10, channels: 1},
  draw,
}

/** Where a tone of each class is (band, 0 to 1) at a time from 0 to 1; the last two are two tones, and none. */
const paths: readonly ((t: number) => readonly number[])[] = [
  () => [0.2],
  () => [0.8],
  (t) => [0.15 + 0.7 * t],
  (t) => [0.85 - 0.7 * t],
  (t) => [0.2 + 2.4 * t * (1 - t)],
  (t) => [0.8 - 2.4 * t * (1 - t)],
  (t) => [0.5 + 0.8 * (Math.abs(((4 * t) % 1) - 0.5) - 0.25)],
  (t) => [t < 0.5 ? 0.25 : 0.75],
  () => [0.2, 0.8],
  () => [],
]

/** Sums and products only, so that a seed gives the same bytes everywhere. */
function draw(label: number, seed: number): Uint8Array {
  const next = chance(seed)
  const {height, width} = tones.shape
  const image = new Uint8Array(height * width)
  const start = between(next, 0, 10)
  const length = between(next, 28, 48 - start)
  const shift = between(next, -0.08, 0.08)
  const loud = between(next, 110, 220)
  const broad = between(next, 0.06, 0.12)
  const clicks = [0, 1, 2].map(() => Math.floor(start + length * next()))
  for (let frame = 0; frame < height; frame++) {
    const time = (frame - start) / length
    const sounding = time >= 0 && time <= 1
    const bands = sounding ? (paths[label]?.(time) ?? []) : []
    const click = label === 9 && clicks.includes(frame) ? loud : 0
    for (let band = 0; band < width; band++) {
      // A bell without an exponential: 1 / (1 + distance squared) squared.
      const tone = bands.reduce((sum, centre) => {
        const far = ((band + 0.5) / width - centre - shift) / broad
        return sum + 1 / (1 + far * far) ** 2
      }, 0)
      const value = loud * tone + click + between(next, 0, 50)
      image[frame * width + band] = Math.min(255, Math.floor(value))
    }
  }
  return image
}
