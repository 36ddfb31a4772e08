import type {LayerWeights} from "../data.ts"
import {count, type Markup, markup} from "./markup.ts"

const SIZE = {width: 500, height: 190}
const PLOT = {left: 8, right: 492, top: 12, bottom: 158}

/** Each layer's weights: the float ones as an outline, what they became as bars. Heights are square roots, so that tails show. */
export function weightsSection(layers: readonly LayerWeights[]): Markup {
  return markup`<section><h2>Weights, before and after</h2>
<p>Outline: as trained, in float32. Bars: the integers they became, in value. Heights are square roots of counts, so that the tails
can be seen.</p><div class="two">${layers.map(histogram)}</div></section>`
}

function histogram({layer, format, count: weights, low, step, before, after}: LayerWeights): Markup {
  const most = Math.max(1, ...before, ...after)
  const bins = before.length
  const x = (bin: number) => round(PLOT.left + ((PLOT.right - PLOT.left) * bin) / bins)
  const y = (value: number) => round(PLOT.bottom - (PLOT.bottom - PLOT.top) * Math.sqrt(value / most))
  const outline = before.map((value, bin) => `${bin === 0 ? "M" : "L"}${x(bin)} ${y(value)}H${x(bin + 1)}`).join("")
  const bars = after.map(
    (value, bin) =>
      value > 0 &&
      markup`<rect x="${x(bin)}" y="${y(value)}" width="${Math.max(0.8, round(x(bin + 1) - x(bin) - 0.6))}" height="${round(PLOT.bottom - y(value))}" fill="var(--blue)" opacity=".45"/>`,
  )
  const high = low + step * bins
  const ticks = [low, low / 2, 0, high / 2, high]
  const at = (value: number) => round(PLOT.left + ((PLOT.right - PLOT.left) * (value - low)) / (high - low))
  return markup`<figure><svg viewBox="0 0 ${SIZE.width} ${SIZE.height}" width="${SIZE.width}" role="img" aria-label="Weights of ${layer}">
${bars}<path d="${outline}" fill="none" stroke="var(--rose)" stroke-width="1.3"/><path d="M${PLOT.left} ${PLOT.bottom}H${PLOT.right}" stroke="var(--line)"/>
${ticks.map((value, k) => markup`<text x="${at(value)}" y="${PLOT.bottom + 18}" text-anchor="${k === 0 ? "start" : k === 4 ? "end" : "middle"}" class="axis">${Number(value.toPrecision(3))}</text>`)}</svg>
<figcaption><b>${layer}</b>: ${count(weights)} weights, ${format}</figcaption></figure>`
}

const round = (value: number): number => Math.round(value * 10) / 10
