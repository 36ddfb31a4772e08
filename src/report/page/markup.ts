/** HTML or SVG text that is safe to put into a page as it is. */
export interface Markup {
  readonly markup: string
}

export type Piece = string | number | Markup | readonly Piece[] | undefined | false

/** Template tag: values are escaped, other markup is not, lists are joined, undefined and false are nothing. */
export function markup(texts: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return {markup: texts.reduce((whole, text, index) => whole + render(pieces[index - 1]) + text)}
}

function render(piece: Piece): string {
  if (piece === undefined || piece === false) return ""
  if (typeof piece === "string") return escapeText(piece)
  if (typeof piece === "number") return String(piece)
  if ("markup" in piece) return piece.markup
  return piece.map(render).join("")
}

const escapes: Readonly<Record<string, string>> = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character] ?? "")
}

/** 1234567 as "1,234,567". */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ",")
}

/** With as many decimals as asked, fewer where they are zeros only. */
export function decimal(value: number, digits: number): string {
  return value.toFixed(digits).replace(/^-(?=0\.?0*$)/, "")
}

/** A share as percent: "98.05 %". */
export function percent(value: number, digits = 2): string {
  return `${decimal(value, digits)} %`
}

/** Seconds in the unit that reads best: "1.07 µs", "78.4 ms", "2.9 s". */
export function time(seconds: number): string {
  const [scale, unit] =
    seconds < 1e-6 ? [1e9, "ns"] : seconds < 1e-3 ? [1e6, "µs"] : seconds < 1 ? [1e3, "ms"] : ([1, "s"] as const)
  const value = seconds * scale
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`
}
