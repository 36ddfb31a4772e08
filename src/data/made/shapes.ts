import type {Shape} from "../../graph/shape.ts"
import {between, chance} from "./chance.ts"

/** Small colour pictures of ten shapes, of any colour, size and place, on a ground of another colour, with noise. */
export const shapes: {readonly shape: Shape; readonly draw: (label: number, seed: number) => Uint8Array} = {
  shape: {height: 32, width: 32, channels: 3},
  draw,
}

/** Whether (x, y), in units of the shape's radius, lies inside: disc, ring, square, frame, triangle, plus, cross, bars, dots. */
const inside: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => x * x + y * y < 1,
  (x, y) => x * x + y * y < 1 && x * x + y * y > 0.3,
  (x, y) => Math.abs(x) < 0.85 && Math.abs(y) < 0.85,
  (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.95 && Math.max(Math.abs(x), Math.abs(y)) > 0.55,
  (x, y) => y < 0.9 && y > 2 * Math.abs(x) - 0.9,
  (x, y) => Math.min(Math.abs(x), Math.abs(y)) < 0.28 && Math.max(Math.abs(x), Math.abs(y)) < 1,
  (x, y) => Math.min(Math.abs(x - y), Math.abs(x + y)) < 0.38 && Math.max(Math.abs(x), Math.abs(y)) < 0.95,
  (x, y) => Math.abs(y) < 0.35 && Math.abs(x) < 1,
  (x, y) => Math.abs(x) < 0.35 && Math.abs(y) < 1,
  (x, y) => (Math.abs(x) - 0.6) ** 2 + y * y < 0.15,
]

/** Sums and products only, so that a seed gives the same bytes everywhere. */
function draw(label: number, seed: number): Uint8Array {
  const next = chance(seed)
  const {height, width, channels} = shapes.shape
  const image = new Uint8Array(height * width * channels)
  const radius = between(next, 6, 11)
  const [left, top] = [between(next, 12, 20), between(next, 12, 20)]
  // A small turn: x and y mixed by up to a fifth.
  const [turn, stretch] = [between(next, -0.2, 0.2), between(next, 0.9, 1.1)]
  const ground = [0, 1, 2].map(() => between(next, 0, 255))
  const ink = ground.map((colour) => (colour + between(next, 80, 175)) % 256)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [u, v] = [(x - left) / radius, (y - top) / radius]
      const covered = inside[label]?.(u * stretch + v * turn, v / stretch - u * turn) === true
      for (let c = 0; c < channels; c++) {
        const colour = (covered ? ink : ground)[c] ?? 0
        image[(y * width + x) * channels + c] = Math.min(255, Math.max(0, Math.floor(colour + between(next, -24, 24))))
      }
    }
  return image
}
