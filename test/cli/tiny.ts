import {mkdirSync, writeFileSync} from "node:fs"
import {join} from "node:path"
import {temporary} from "./cli.ts"

/** An idx file of unsigned bytes. */
export function idx(dimensions: readonly number[], bytes: Uint8Array): Uint8Array {
  const head = new DataView(new ArrayBuffer(4 + 4 * dimensions.length))
  head.setUint32(0, 0x0800 + dimensions.length)
  for (const [index, dimension] of dimensions.entries()) head.setUint32(4 + 4 * index, dimension)
  return new Uint8Array([...new Uint8Array(head.buffer), ...bytes])
}

/** Four idx files of 8x8 images: class k has a bright patch in corner k, over noise that is the same in every run. */
export function tinyData(folder = join(temporary(), "data")): string {
  mkdirSync(folder, {recursive: true})
  const write = (stem: string, count: number, seed: number) => {
    const labels = Uint8Array.from({length: count}, (_, i) => i % 4)
    const images = Uint8Array.from({length: count * 64}, (_, p) => {
      const [image, y, x] = [Math.floor(p / 64), Math.floor(p / 8) % 8, p % 8]
      const corner = (y >> 2) * 2 + (x >> 2) === image % 4
      const noise = ((p * 2654435761 + seed * 97) >>> 24) & 63
      return Math.min(255, noise + (corner ? 150 : 0))
    })
    writeFileSync(join(folder, `${stem}-images-idx3-ubyte`), idx([count, 8, 8], images))
    writeFileSync(join(folder, `${stem}-labels-idx1-ubyte`), idx([count], labels))
  }
  write("train", 600, 1)
  write("t10k", 80, 2)
  return folder
}

export interface TinyOptions {
  readonly layers?: string
  readonly more?: string
}

/** A folder with data and a configuration of a network that builds in seconds. */
export function tinyProject({layers, more = ""}: TinyOptions = {}) {
  const folder = temporary()
  const data = tinyData(join(folder, "data"))
  const config = join(folder, "tlast.config.ts")
  const chain = layers ?? "conv2d({filters: 2, kernel: 3}), relu(), maxPool2d({size: 2}), flatten(), dense({units: 4})"
  writeFileSync(
    config,
    `import {conv2d, dense, dropout, flatten, maxPool2d, network, relu} from "tlast"
export default {
  network: network("tiny", {height: 8, width: 8, channels: 1}, [${chain}]),
  data: ${JSON.stringify(data)},
  train: {epochs: 12, batch: 16, rate: 0.02, heldOut: 100, augment: false},
  ${more}
}
`,
  )
  const out = join(folder, "build")
  return {folder, data, out, args: ["--config", config, "--out", out]}
}
