import {at} from "../../errors.ts"
import type {Block, Pipeline} from "../data.ts"
import {type Markup, markup} from "./markup.ts"

const BOX = {width: 146, height: 84}
const GAP = {x: 86, y: 62}
const PER_ROW = 4
const LEFT = 96
/** Letters of a name that fit a box; longer ones are set narrower. */
const LONGEST = 14

const colours: Readonly<Record<Block["kind"], string>> = {
  stream: "teal",
  buffer: "amber",
  linear: "blue",
  pool: "violet",
}

/** Boxes left to right, a new row where the page ends; on each edge its width above and its rate below. */
export function pipelineSection({blocks, edges, limit}: Pipeline): Markup {
  const rows = Math.ceil(blocks.length / PER_ROW)
  const width = LEFT + PER_ROW * (BOX.width + GAP.x) + 6
  const height = rows * (BOX.height + GAP.y) - GAP.y + 44
  const boxes = blocks.map((block, index) => box(block, place(index)))
  const wires = edges.map((edge, index) => {
    const from = index === 0 ? undefined : place(index - 1)
    const to = index === blocks.length ? undefined : place(index)
    return wire(from, to, edge)
  })
  return markup`<section><h2>The pipeline</h2>
<p>Each arrow is an AXI4-Stream or a plain valid signal: its width above, items an image below. ${limit}</p>
<figure class="scroll"><svg viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="Block diagram of the accelerator">
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="var(--dim)"/></marker></defs>
${wires}${boxes}</svg></figure></section>`
}

interface Place {
  readonly x: number
  readonly y: number
  readonly firstOfRow: boolean
}

const place = (index: number): Place => ({
  x: LEFT + (index % PER_ROW) * (BOX.width + GAP.x),
  y: 16 + Math.floor(index / PER_ROW) * (BOX.height + GAP.y),
  firstOfRow: index % PER_ROW === 0,
})

function box({name, what, how, kind}: Block, {x, y}: Place): Markup {
  const colour = colours[kind]
  const middle = x + BOX.width / 2
  return markup`<g><rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="10" fill="var(--${colour}-soft)" stroke="var(--${colour})" stroke-width="1.2"/>
<text x="${middle}" y="${y + 25}" text-anchor="middle" class="strong" font-size="14"${name.length > LONGEST && {markup: ` textLength="${BOX.width - 14}" lengthAdjust="spacingAndGlyphs"`}}>${name}</text>
<text x="${middle}" y="${y + 45}" text-anchor="middle" font-size="12">${what}</text>
<text x="${middle}" y="${y + 64}" text-anchor="middle" class="axis">${how}</text></g>`
}

function wire(from: Place | undefined, to: Place | undefined, edge: Pipeline["edges"][number]): Markup {
  const label = (x: number, y: number, anchor = "middle") => markup`
<text x="${x}" y="${y - 8}" text-anchor="${anchor}" class="axis" style="fill:var(--ink)!important">${edge.width}</text>
<text x="${x}" y="${y + 16}" text-anchor="${anchor}" class="axis">${edge.rate}</text>
${edge.depth !== undefined && markup`<text x="${x}" y="${y + 30}" text-anchor="${anchor}" class="axis">FIFO ${edge.depth}</text>`}`
  const path = (d: string) =>
    markup`<path d="${d}" fill="none" stroke="var(--dim)" stroke-width="1.4" marker-end="url(#tip)"/>`
  if (from === undefined || to === undefined || !to.firstOfRow) {
    const {y} =
      from ??
      at(
        [to].flatMap((place) => place ?? []),
        0,
      )
    const x1 = from === undefined ? 4 : from.x + BOX.width
    const x2 = to === undefined ? x1 + GAP.x - 4 : to.x
    const middle = y + BOX.height / 2
    return markup`${path(`M${x1} ${middle}H${x2 - 2}`)}${label((x1 + x2) / 2 - 2, middle)}`
  }
  // To the next row: down, back to the left, down, in.
  const x1 = from.x + BOX.width
  const turn = from.y + BOX.height + GAP.y / 2
  const y2 = to.y + BOX.height / 2
  const d = `M${x1} ${from.y + BOX.height / 2}h22V${turn}H${LEFT - 40}V${y2}H${to.x - 2}`
  return markup`${path(d)}${label((x1 + LEFT) / 2, turn)}`
}
