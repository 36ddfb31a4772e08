/** One step of long work. Stages call it at most some ten times a second; the CLI draws it. */
export interface Progress {
  /** The stage's verb: "train", "simulate". */
  readonly stage: string
  readonly done: number
  readonly total: number
  /** What is counted: "images", "cycles". */
  readonly unit: string
  /** Short and current: "epoch 3/10 loss 0.081 held-out 97.9 %". */
  readonly detail?: string
}

/** What every stage that takes long accepts. */
export interface Watch {
  readonly onProgress?: (progress: Progress) => void
  /** Aborted on Ctrl-C: the stage stops at the next safe point and throws INTERRUPTED (exit 130), keeping what is whole. */
  readonly signal?: AbortSignal
}
