import type {Timing} from "../data.ts"
import {count, type Markup, markup, time} from "./markup.ts"
import {tag} from "./tag.ts"

const LEFT = 150
const WIDTH = 1060
const ROW = 30

/** Each block a row: when it first and last moves something of one image; faint, the next image behind it. */
export function timingSection({interval, rows, lastInput, firstResult, clockHz, provenance}: Timing): Markup {
  const end = Math.max(...rows.map(({last}) => last))
  const span = Math.max(end + 1, interval * 1.35)
  const x = (clock: number) => Math.round((LEFT + (clock / span) * (WIDTH - LEFT - 16)) * 10) / 10
  const height = rows.length * ROW + 66
  const bottom = rows.length * ROW + 24
  const step = niceStep(span / 8)
  const ticks = Array.from({length: Math.floor(span / step) + 1}, (_, k) => k * step)
  const bar = (first: number, last: number, row: number, faint: boolean) => {
    const left = x(first)
    const right = Math.min(x(last + 1), WIDTH - 4)
    const look = faint ? 'fill="var(--blue)" opacity=".16"' : 'fill="var(--blue)" opacity=".85"'
    return (
      left < WIDTH - 8 &&
      markup`<rect x="${left}" y="${row * ROW + 27}" width="${Math.max(2.5, right - left)}" height="${ROW - 12}" rx="3" ${{markup: look}}/>`
    )
  }
  const latency = firstResult - lastInput
  const mark = (clock: number, text: string, anchor: string, dx: number) => markup`
<path d="M${x(clock)} 18V${bottom}" stroke="var(--rose)" stroke-width="1.2" stroke-dasharray="3 3"/>
<text x="${x(clock) + dx}" y="13" text-anchor="${anchor}" font-size="11.5" style="fill:var(--rose)">${text}</text>`
  return markup`<section><h2>One image through the blocks ${tag(provenance)}</h2>
<p>Clocks from the acceptance of the first pixel, core idle and nobody stalling. The last pixel goes in at clock ${count(lastInput)}; the
first result leaves ${latency} clocks later, which is ${time(latency / clockHz)} at ${clockHz / 1e6} MHz. The next image (faint) follows
without a gap: one every ${count(interval)} clocks.</p>
<figure class="scroll"><svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" role="img" aria-label="Timing diagram">
${ticks.map((clock) => markup`<path d="M${x(clock)} 22V${bottom}" stroke="var(--grid)"/><text x="${x(clock)}" y="${bottom + 17}" text-anchor="middle" class="axis">${count(clock)}</text>`)}
${rows.map(
  (
    {name, first, last},
    row,
  ) => markup`<text x="${LEFT - 12}" y="${row * ROW + 41}" text-anchor="end" class="label">${name}</text>
${bar(first + interval, last + interval, row, true)}${bar(first, last, row, false)}`,
)}
${mark(lastInput, "last pixel in", "end", -5)}${mark(firstResult, "first result out", "start", 5)}
<text x="${WIDTH - 4}" y="${bottom + 36}" text-anchor="end" class="axis">clocks</text></svg></figure></section>`
}

/** The nearest of 1, 2, 5 x 10^n above. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)))
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) ?? 10 * power
}
