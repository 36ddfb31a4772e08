import type {Summary} from "../summary.ts"
import {count, type Markup, markup, time} from "./markup.ts"
import {tag} from "./tag.ts"

const WIDTH = 1060
const LEFT = 250
const RIGHT = 790
const ROW = 52
const IMAGES = 10_000
const names = {tlast: "tlast's integer reference", litert: "LiteRT, model.int8.tflite"} as const

/** 10,000 images in software on this computer against the accelerator at its clock. */
export function comparisonSection({software, throughput, rtl}: Summary): Markup {
  const own = throughput.imagesPerSecond
  const rows = [
    ...software.map(({engine, imagesPerSecond}) => ({
      name: names[engine],
      note: "one thread, this computer",
      rate: imagesPerSecond,
      colour: "teal",
      how: "measured here" as const,
    })),
    {
      name: "the accelerator",
      note: `${rtl[0]?.cyclesPerImage ?? "?"} cycles at ${throughput.clockHz / 1e6} MHz`,
      rate: own,
      colour: "blue",
      how: "predicted" as const,
    },
  ]
  const most = Math.max(...rows.map(({rate}) => rate))
  const bars = rows.map(({name, note, rate, colour, how}, row) => {
    const y = row * ROW + 8
    const length = Math.max(3, (rate / most) * (RIGHT - LEFT))
    return markup`<text x="${LEFT - 14}" y="${y + 12}" text-anchor="end" class="label">${name}</text>
<text x="${LEFT - 14}" y="${y + 28}" text-anchor="end" class="axis">${note}</text>
<rect x="${LEFT}" y="${y}" width="${length}" height="28" rx="6" fill="var(--${colour})" opacity=".82"/>
<text x="${LEFT + length + 10}" y="${y + 13}" font-size="13.5" class="strong">${time(IMAGES / rate)}</text>
<text x="${LEFT + length + 10}" y="${y + 28}" class="axis">${count(rate)} images/s${rate === own ? "" : ` · the accelerator: ${ratio(own / rate)}`} · ${how}</text>`
  })
  return markup`<section><h2>${count(IMAGES)} images: software and the accelerator</h2>
<p>${tag("measured here")} Software, timed on the computer that made this page. ${tag("predicted")} The accelerator: its simulated cycles at
the clock asked for, which no place and route has confirmed here; moving images to and from memory comes on top.</p>
<figure class="scroll"><svg viewBox="0 0 ${WIDTH} ${rows.length * ROW}" width="${WIDTH}" role="img" aria-label="Throughput">${bars}</svg></figure></section>`
}

const ratio = (factor: number): string =>
  factor >= 1 ? `${factor.toFixed(factor < 10 ? 1 : 0)}x as fast` : `${(1 / factor).toFixed(1)}x slower`
