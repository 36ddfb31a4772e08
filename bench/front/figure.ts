// Draws docs/front.svg from points.json: accuracy against LUTs, ours and published ones. README.md says where each is from.
//     npx jiti bench/front/figure.ts
import {readFileSync, writeFileSync} from "node:fs"
import {dirname, join} from "node:path"
import {fileURLToPath} from "node:url"

export interface Point {
  readonly name: string
  /** Percent of the 10,000 test images of MNIST. */
  readonly accuracy: number
  readonly lut: number
  /** Its LUTs are of the core alone: what turns pixels into its inputs is not counted. */
  readonly core?: boolean
  /** How far below the point its label stands; 4 is level with it. */
  readonly drop?: number
  /** The label stands to the left. */
  readonly left?: boolean
}

export interface Points {
  readonly ours: readonly Point[]
  readonly published: readonly Point[]
}

const [width, height] = [860, 452]
const [left, right, top, bottom] = [58, 836, 30, 392]
const [leastLut, mostLut] = [500, 320_000]
const [worst, best] = [94.8, 99.8]

const x = (lut: number) => Math.round(left + (Math.log(lut / leastLut) / Math.log(mostLut / leastLut)) * (right - left))
const y = (accuracy: number) => Math.round(bottom - ((accuracy - worst) / (best - worst)) * (bottom - top))
const thousands = (n: number) => String(n).replace(/\B(?=(\d{3})+$)/g, ",")

function mark({lut, accuracy, core, name, drop = 4, left = false}: Point, kind: "ours" | "published"): string {
  const side = left ? -1 : 1
  return `<circle class="${kind}${core ? " core" : ""}" cx="${x(lut)}" cy="${y(accuracy)}" r="${kind === "ours" ? 6 : 5}"/>
<text class="${kind}" x="${x(lut) + 11 * side}" y="${y(accuracy) + drop}"${left ? ' text-anchor="end"' : ""}>${name}</text>`
}

/** Of ours, those that no other of ours is as good as in fewer LUTs. */
const front = (ours: readonly Point[]) =>
  ours
    .filter((point) => !ours.some((one) => one !== point && one.accuracy >= point.accuracy && one.lut <= point.lut))
    .toSorted((a, b) => a.lut - b.lut)

/** The figure as SVG, in the reader's light or dark colours. Throws where a point would lie outside. */
export function figure({ours, published}: Points): string {
  for (const {name, lut, accuracy} of [...ours, ...published])
    if (lut < leastLut || lut > mostLut || accuracy < worst || accuracy > best) throw new Error(`${name} lies outside`)
  const columns = [500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="MNIST accuracy against LUTs, tlast and published designs">
<style>
text { font: 12.5px system-ui, sans-serif; fill: #333 }
text.ours { font-weight: 600 }
text.axis { fill: #6b6b6b }
.paper { fill: #fffefb }
.grid { stroke: #ebe8df }
circle.ours { fill: #6d4fb0 }
circle.published { fill: #a8690c; stroke: #a8690c; stroke-width: 2 }
circle.core { fill: none }
.front { fill: none; stroke: #6d4fb0; stroke-opacity: .45; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
text { fill: #dcdcdc }
text.axis { fill: #9a9a9a }
.paper { fill: #16181d }
.grid { stroke: #2b2f38 }
circle.ours { fill: #a48be6 }
circle.published { fill: #d99a3c; stroke: #d99a3c }
circle.core { fill: none }
.front { stroke: #a48be6 }
}
</style>
<rect class="paper" width="${width}" height="${height}"/>
${columns.map((n) => `<path class="grid" d="M${x(n)} ${top}V${bottom}"/><text class="axis" x="${x(n)}" y="${bottom + 18}" text-anchor="middle">${thousands(n)}</text>`).join("\n")}
${[95, 96, 97, 98, 99].map((n) => `<path class="grid" d="M${left} ${y(n)}H${right}"/><text class="axis" x="${left - 8}" y="${y(n) + 4}" text-anchor="end">${n} %</text>`).join("\n")}
<text class="axis" x="${right}" y="${bottom + 36}" text-anchor="end">LUTs</text>
<text class="axis" x="14" y="18">MNIST, test accuracy</text>
<path class="front" d="${front(ours)
    .map(({lut, accuracy}, i) => `${i === 0 ? "M" : "L"}${x(lut)} ${y(accuracy)}`)
    .join("")}"/>
${published.map((point) => mark(point, "published")).join("\n")}
${ours.map((point) => mark(point, "ours")).join("\n")}
<circle class="ours" cx="${left + 8}" cy="${bottom + 42}" r="6"/><text x="${left + 20}" y="${bottom + 46}">tlast, by Yosys, stream included</text>
<circle class="published" cx="${left + 258}" cy="${bottom + 42}" r="5"/><text x="${left + 270}" y="${bottom + 46}">published, by Vivado</text>
<circle class="published core" cx="${left + 428}" cy="${bottom + 42}" r="5"/><text x="${left + 440}" y="${bottom + 46}">the same, without its input stage</text>
</svg>
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const here = dirname(fileURLToPath(import.meta.url))
  const points = JSON.parse(readFileSync(join(here, "points.json"), "utf8")) as Points
  writeFileSync(join(here, "../../docs/front.svg"), figure(points))
}
