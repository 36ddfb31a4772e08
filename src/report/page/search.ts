import type {Point, SearchReport} from "../../search/search.ts"
import {count, type Markup, markup, percent} from "./markup.ts"
import {style} from "./style.ts"
import {tag} from "./tag.ts"

const WIDTH = 1060
const LEFT = 90
const RIGHT = 1010
const TOP = 24
const BOTTOM = 380

/** report/search.html: accuracy against LUTs of everything a search has trained, and its front; rewritten as it grows. */
export function searchPage(report: SearchReport): string {
  const {points, candidates, ruledOut, goal, answer} = report
  return `<!doctype html>\n${
    markup`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Search: accuracy against LUTs</title><style>${{markup: style}}</style></head><body><main>
<h1>Accuracy against LUTs</h1>
<p class="lead">${candidates} candidates, ${ruledOut.length} ruled out by the planner, ${points.length} trainings so far.${answer !== undefined && goal !== undefined ? ` The fewest LUTs that reach ${goal} %: ${answer}.` : ""}</p>
${points.length > 0 && chart(report)}
${table(report)}
${ruledOut.length > 0 && refused(report)}
</main></body></html>`.markup
  }\n`
}

function chart({points, front, goal}: SearchReport): Markup {
  // A few that learned next to nothing must not squeeze the rest into one line.
  const best = Math.max(...points.map(({accuracy}) => accuracy), goal ?? 0)
  const floor = Math.max(Math.min(...points.map(({accuracy}) => accuracy)), best - 6)
  const luts = points.map(({lut}) => Math.log(lut))
  const [low, high] = [Math.min(...luts), Math.max(...luts)]
  const x = (lut: number) =>
    Math.round(LEFT + 30 + (high === low ? 0.5 : (Math.log(lut) - low) / (high - low)) * (RIGHT - LEFT - 130))
  const y = (accuracy: number) =>
    Math.round(BOTTOM - 20 - ((Math.max(accuracy, floor) - floor) / (best - floor || 1)) * (BOTTOM - TOP - 50))
  const onFront = new Set(front)
  const dot = (point: Point) => {
    const [cx, cy] = [x(point.lut), y(point.accuracy)]
    const chosen = onFront.has(point)
    const title = `${point.candidate}: ${percent(point.accuracy)} in ${count(point.lut)} LUT, ${point.effort} training`
    const colour = chosen ? "violet" : point.effort === "long" ? "blue" : "line"
    return markup`<circle cx="${cx}" cy="${cy}" r="${chosen ? 7 : 5}" fill="var(--${colour})"><title>${title}</title></circle>${chosen && markup`<text x="${cx + 11}" y="${cy + 18}" font-size="12">${point.candidate}</text>`}`
  }
  const line = front.map(({lut, accuracy}, i) => `${i === 0 ? "M" : "L"}${x(lut)} ${y(accuracy)}`).join("")
  const short = points.filter((point) => point.effort === "short")
  const long = points.filter((point) => point.effort === "long")
  return markup`<section><h2>The front ${tag("predicted")}</h2>
<p>Accuracy of the integers on the images held out of training, against the LUTs planned for the weights that were found (by powers of ten). Grey: trained briefly. Blue: trained long. Violet: no other is better in both.</p>
<figure class="scroll"><svg viewBox="0 0 ${WIDTH} ${BOTTOM + 30}" width="${WIDTH}" role="img" aria-label="Accuracy against LUTs">
<path d="M${LEFT} ${TOP}V${BOTTOM}H${RIGHT}" fill="none" stroke="var(--grid)"/>
${goal !== undefined && markup`<path d="M${LEFT} ${y(goal)}H${RIGHT}" stroke="var(--amber)" stroke-dasharray="4 4"/><text x="${LEFT - 10}" y="${y(goal) + 4}" text-anchor="end" class="axis">goal ${goal}</text>`}
<text x="${LEFT - 10}" y="${y(best)}" text-anchor="end" class="axis">${percent(best)}</text><text x="${LEFT - 10}" y="${y(floor) + 8}" text-anchor="end" class="axis">${percent(floor)}</text>
<text x="${x(Math.exp(low))}" y="${BOTTOM + 20}" text-anchor="middle" class="axis">${count(Math.exp(low))}</text><text x="${x(Math.exp(high))}" y="${BOTTOM + 20}" text-anchor="middle" class="axis">${count(Math.exp(high))}</text><text x="${RIGHT}" y="${BOTTOM + 20}" text-anchor="end" class="axis">LUT</text>
${short.map(dot)}<path d="${line}" fill="none" stroke="var(--violet)" stroke-width="1.5" opacity=".5"/>${long.map(dot)}</svg></figure></section>`
}

function table({front, points}: SearchReport): Markup {
  const rows = front.length > 0 ? front : [...points].sort((a, b) => b.accuracy - a.accuracy).slice(0, 10)
  return markup`<section><h2>${front.length > 0 ? "On the front" : "Best so far, trained briefly"}</h2><div class="scroll"><table>
<tr><th>Candidate</th><th class="n">held out</th><th class="n">LUT</th><th class="n">DSP</th><th class="n">BRAM36</th><th class="n">clocks an image</th></tr>
${rows.map(({candidate, accuracy, lut, resources, interval}) => markup`<tr><td><code>${candidate}</code></td><td class="n">${percent(accuracy)}</td><td class="n">${count(lut)}</td><td class="n">${resources.dsp}</td><td class="n">${resources.bram36}</td><td class="n">${count(interval)}</td></tr>`)}</table></div></section>`
}

function refused({ruledOut}: SearchReport): Markup {
  return markup`<section><h2>Ruled out before training</h2><div class="scroll"><table>
${ruledOut.map(({candidate, reason}) => markup`<tr><td><code>${candidate}</code></td><td>${reason}</td></tr>`)}</table></div></section>`
}
