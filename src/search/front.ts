/** What a search weighs: more accuracy for fewer LUTs. */
export interface Weighed {
  /** Percent of the held-out images. */
  readonly accuracy: number
  readonly lut: number
}

/** Whether `other` is at least as good in both and better in one. */
export const beats = (other: Weighed, point: Weighed): boolean =>
  other.accuracy >= point.accuracy &&
  other.lut <= point.lut &&
  (other.accuracy > point.accuracy || other.lut < point.lut)

/** Those that no other beats, by LUTs. */
export const front = <P extends Weighed>(points: readonly P[]): readonly P[] =>
  points.filter((point) => !points.some((other) => beats(other, point))).sort((a, b) => a.lut - b.lut)

/** Those no other beats by more than `slack` percent: worth a longer look, since a short training says only so much. */
export const promising = <P extends Weighed>(points: readonly P[], slack: number): readonly P[] =>
  points
    .filter((point) => !points.some((other) => beats(other, {...point, accuracy: point.accuracy + slack})))
    .sort((a, b) => a.lut - b.lut)
