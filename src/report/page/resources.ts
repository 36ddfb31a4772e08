import type {Resources} from "../../graph/design.ts"
import type {Device} from "../data.ts"
import {count, type Markup, markup} from "./markup.ts"
import {tag} from "./tag.ts"

const kinds: readonly (readonly [kind: keyof Resources, title: string])[] = [
  ["lut", "LUT"],
  ["ff", "flip-flops"],
  ["dsp", "DSP48"],
  ["bram36", "BRAM36"],
]
const WIDTH = 1060
const LEFT = 110
const RIGHT = 790
const ROW = 50

/** A bar a resource, against the device; the tick is what the plan had said before synthesis. */
export function resourcesSection({title, capacity, used, predicted}: Device, source: string): Markup {
  const rows = kinds.map(([kind, name], row) => {
    const y = row * ROW + 12
    const share = used[kind] / capacity[kind]
    const x = (value: number) => LEFT + Math.min(1, value / capacity[kind]) * (RIGHT - LEFT)
    const error = used[kind] === 0 ? undefined : (100 * (predicted[kind] - used[kind])) / used[kind]
    const said =
      error === undefined || Math.abs(error) < 0.05
        ? `predicted ${count1(predicted[kind])}, exact`
        : `predicted ${count1(predicted[kind])} (${error > 0 ? "+" : "−"}${Math.abs(error).toFixed(1)} %)`
    return markup`<text x="${LEFT - 14}" y="${y + 16}" text-anchor="end" class="label">${name}</text>
<rect x="${LEFT}" y="${y}" width="${RIGHT - LEFT}" height="22" rx="6" fill="var(--grid)"/>
<rect x="${LEFT}" y="${y}" width="${Math.max(3, x(used[kind]) - LEFT)}" height="22" rx="6" fill="var(--${share > 1 ? "rose" : "violet"})" opacity=".8"/>
<path d="M${x(predicted[kind])} ${y - 4}v30" stroke="var(--amber)" stroke-width="2"/>
<text x="${RIGHT + 16}" y="${y + 10}" font-size="13.5"><tspan class="strong">${count1(used[kind])}</tspan> of ${count(capacity[kind])} · ${(100 * share).toFixed(1)} %</text>
<text x="${RIGHT + 16}" y="${y + 26}" class="axis">${said}</text>`
  })
  return markup`<section><h2>On the device ${tag("synthesised")}</h2>
<p>${title}. Counted after ${source}; not placed and routed. The tick is what the plan had ${tag("predicted")}</p>
<figure class="scroll"><svg viewBox="0 0 ${WIDTH} ${kinds.length * ROW + 4}" width="${WIDTH}" role="img" aria-label="Resources">${rows}</svg></figure></section>`
}

const count1 = (value: number): string => (Number.isInteger(value) ? count(value) : String(value))
