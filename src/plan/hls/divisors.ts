export const divisors = (of: number): number[] => Array.from({length: of}, (_, i) => i + 1).filter((i) => of % i === 0)

/** The smallest divisor that is at least `from`. */
export function divisorFrom(of: number, from: number): number {
  for (let i = Math.max(1, Math.min(of, from)); i < of; i++) if (of % i === 0) return i
  return of
}

export const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b))
