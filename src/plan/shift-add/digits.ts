/**
 * Signed digits of integers: coefficient = sum of digits * 2^position. The canonical form has no two adjacent digits and
 * the fewest possible; minimalForms lists every form as short as it (3 = 4 - 1 = 2 + 1), which share differently.
 */

/** One digit as a number: shift * 2 + (negative ? 1 : 0). */
export type Digit = number

/** Canonical signed digits, lowest first; [] for 0. */
export function canonicalDigits(coefficient: number): readonly Digit[] {
  const digits: Digit[] = []
  let rest = coefficient
  for (let shift = 0; rest !== 0; shift++) {
    if (rest % 2 !== 0) {
      const negative = ((rest % 4) + 4) % 4 === 3
      digits.push(shift * 2 + (negative ? 1 : 0))
      rest += negative ? 1 : -1
    }
    rest /= 2
  }
  return digits
}

/** Every signed-digit form with as few digits as the canonical one, at most `limit` of them, the canonical one first. */
export function minimalForms(coefficient: number, limit = 16): readonly (readonly Digit[])[] {
  const canonical = canonicalDigits(coefficient)
  const key = (form: readonly Digit[]) => [...form].sort((p, q) => p - q).join()
  const forms = [[...canonical]]
  const seen = new Set([key(canonical)])
  // 4 - 1 <-> 2 + 1: digits of opposite sign two apart, and of the same sign side by side, are exchanged until nothing is new.
  for (let at = 0; at < forms.length && forms.length < limit; at++) {
    const form = forms[at] ?? []
    for (const low of form) {
      for (const [other, first, second] of [
        [(low ^ 1) + 4, low ^ 1, (low ^ 1) + 2],
        [low + 2, low ^ 1, low + 4],
      ] as const) {
        if (!form.includes(other)) continue
        const rest = form.filter((digit) => digit !== low && digit !== other)
        const clash = rest.some((digit) => digit >> 1 === first >> 1 || digit >> 1 === second >> 1)
        const next = [...rest, first, second]
        if (clash || seen.has(key(next)) || forms.length >= limit) continue
        seen.add(key(next))
        forms.push(next)
      }
    }
  }
  return forms
}

/** The integer that digits stand for. */
export const digitsValue = (digits: readonly Digit[]): number =>
  digits.reduce((sum, digit) => sum + (digit & 1 ? -1 : 1) * 2 ** (digit >> 1), 0)
