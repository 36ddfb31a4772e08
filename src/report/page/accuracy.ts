import type {Accuracy, Misread} from "../data.ts"
import {bitmap} from "./bitmap.ts"
import {count, type Markup, markup, percent} from "./markup.ts"

const CELL = 38

/** Accuracy before and after, the confusion matrix, and the digits it misread. */
export function accuracySection(accuracy: Accuracy): Markup {
  const {float, quantised, images, misread, misreadCount, shape} = accuracy
  const change = quantised - float
  return markup`<section><h2>What it reads, and what it misreads</h2>
<p>${percent(float)} in float32, ${percent(quantised)} in integers (${change >= 0 ? "+" : "−"}${Math.abs(change).toFixed(2)} points) of
${count(images)} test images, which no choice was made on. The integers are those of the hardware, bit for bit.</p>
<div class="two wide"><figure class="scroll">${confusionMatrix(accuracy.confusion)}
<figcaption>Rows: what it is. Columns: what it was read as. Darker: more often.</figcaption></figure>
<figure><div class="digits">${misread.map((digit) => misreadDigit(digit, shape))}</div>
<figcaption>${misread.length < misreadCount ? `The first ${misread.length} of ${count(misreadCount)} misread images` : `All ${misreadCount} misread images`}:
what it is → what it was read as.</figcaption></figure></div></section>`
}

function confusionMatrix(confusion: Accuracy["confusion"]): Markup {
  const n = confusion.length
  const cell = n > 12 ? Math.max(14, Math.floor((CELL * 12) / n)) : CELL
  const most = Math.max(1, ...confusion.flatMap((row, label) => row.filter((_, read) => read !== label)))
  const size = 26 + n * cell
  const square = (value: number, label: number, read: number) => {
    const x = 26 + read * cell
    const y = 20 + label * cell
    const right = label === read
    const strength = value === 0 ? 0 : right ? 0.9 : 0.14 + 0.66 * Math.sqrt(value / most)
    const colour = right ? "teal" : "rose"
    return markup`<rect x="${x + 1}" y="${y + 1}" width="${cell - 2}" height="${cell - 2}" rx="5" fill="var(--grid)"/>
${value > 0 && markup`<rect x="${x + 1}" y="${y + 1}" width="${cell - 2}" height="${cell - 2}" rx="5" fill="var(--${colour})" opacity="${right ? 0.2 : strength.toFixed(2)}"><title>${label} read as ${read}: ${value}</title></rect>`}
${value > 0 && cell > 24 && markup`<text x="${x + cell / 2}" y="${y + cell / 2 + 4}" text-anchor="middle" font-size="11.5" ${right && {markup: 'class="strong"'}}>${value}</text>`}`
  }
  const names = Array.from({length: n}, (_, k) => k)
  return markup`<svg viewBox="0 0 ${size} ${size - 4}" width="${size}" role="img" aria-label="Confusion matrix">
${names.map((k) => markup`<text x="${26 + k * cell + cell / 2}" y="13" text-anchor="middle" class="axis">${k}</text><text x="13" y="${20 + k * cell + cell / 2 + 4}" text-anchor="middle" class="axis">${k}</text>`)}
${confusion.map((row, label) => row.map((value, read) => square(value, label, read)))}</svg>`
}

function misreadDigit({index, label, read, pixels}: Misread, shape: Accuracy["shape"]): Markup {
  return markup`<figure><img src="${bitmap(pixels, shape)}" alt="test image ${index}" title="test image ${index}" width="68" height="68"><figcaption><b>${label}</b> → <i>${read}</i></figcaption></figure>`
}
