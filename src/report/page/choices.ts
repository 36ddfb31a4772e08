import type {Choices} from "../data.ts"
import {count, type Markup, markup} from "./markup.ts"
import {tag} from "./tag.ts"

const WIDTH = 1060
const LEFT = 110
const RIGHT = 1000
const TOP = 24
const BOTTOM = 300

/** Rate against LUTs, both as powers of ten: what else this network could be, and what was built. */
export function choicesSection({plans, capacity}: Choices): Markup {
  const x = scale([...plans.map(({imagesPerSecond}) => imagesPerSecond)], LEFT + 30, RIGHT - 60)
  const y = scale([...plans.map(({lut}) => lut), capacity], BOTTOM - 20, TOP + 16)
  const sorted = [...plans].sort((a, b) => a.imagesPerSecond - b.imagesPerSecond)
  const line = sorted
    .map(({imagesPerSecond, lut}, i) => `${i === 0 ? "M" : "L"}${x(imagesPerSecond)} ${y(lut)}`)
    .join("")
  const dots = sorted.map(({imagesPerSecond, lut, lanes, interval, fits, built}, i) => {
    const [cx, cy] = [x(imagesPerSecond), y(lut)]
    const what = `${lanes} ${lanes === 1 ? "lane" : "lanes"}, ${count(interval)} clocks`
    const end = i === sorted.length - 1
    // A neighbour's words may stand where these would: then they go above the dot.
    const before = sorted[i - 1]
    const close = before && Math.abs(cx - x(before.imagesPerSecond)) < 200 && Math.abs(cy - y(before.lut)) < 32
    const drop = close ? -30 : 18
    const colour = fits ? (built ? "violet" : "blue") : "rose"
    return markup`<circle cx="${cx}" cy="${cy}" r="${built ? 9 : 6}" fill="var(--${colour})"/>
<text x="${end ? cx - 14 : cx + 14}" y="${cy + drop}" text-anchor="${end ? "end" : "start"}" font-size="13"><tspan class="strong">${count(imagesPerSecond)}/s</tspan> ${count(lut)} LUT${built && ", built"}${!fits && ", does not fit"}</text>
<text x="${end ? cx - 14 : cx + 14}" y="${cy + drop + 16}" text-anchor="${end ? "end" : "start"}" class="axis">${what}</text>`
  })
  return markup`<section><h2>What else it could be ${tag("predicted")}</h2>
<p>Images a second against LUTs, of every plan that no other beats in both; both axes by powers of ten. <code>tlast build --lanes N</code> or <code>--rate N</code> builds another.</p>
<figure class="scroll"><svg viewBox="0 0 ${WIDTH} ${BOTTOM + 30}" width="${WIDTH}" role="img" aria-label="Rate against LUTs">
<path d="M${LEFT} ${TOP}V${BOTTOM}H${RIGHT}" fill="none" stroke="var(--grid)"/>
<path d="M${LEFT} ${y(capacity)}H${RIGHT}" stroke="var(--amber)" stroke-dasharray="4 4"/>
<text x="${LEFT - 10}" y="${y(capacity) + 4}" text-anchor="end" class="axis">device ${count(capacity)}</text>
<text x="${LEFT - 10}" y="${BOTTOM}" text-anchor="end" class="axis">LUT</text><text x="${RIGHT}" y="${BOTTOM + 20}" text-anchor="end" class="axis">images/s</text>
<path d="${line}" fill="none" stroke="var(--blue)" stroke-width="1.5" opacity=".5"/>${dots}</svg></figure></section>`
}

/** Logarithmic, from the least to the greatest value. */
function scale(values: readonly number[], from: number, to: number): (value: number) => number {
  const low = Math.log(Math.min(...values))
  const high = Math.log(Math.max(...values))
  return (value) => Math.round(from + (high === low ? 0.5 : (Math.log(value) - low) / (high - low)) * (to - from))
}
