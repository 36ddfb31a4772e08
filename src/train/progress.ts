import type {Host} from "../host/host.ts"
import type {Watch} from "../progress.ts"
import type {EpochReport} from "./options.ts"

/** Draws a run's progress, at most ten times a second. */
export interface Teller {
  step(epoch: number, imagesOfEpoch: number, loss: number): void
  epochDone(report: EpochReport): void
}

interface Course {
  readonly epochs: number
  /** Training images an epoch. */
  readonly perEpoch: number
  readonly host: Host
  readonly watch: Watch
}

export function progressOf({epochs, perEpoch, host, watch}: Course): Teller {
  const total = epochs * perEpoch
  let told = Number.NEGATIVE_INFINITY
  let last = ""
  const tell = (done: number, detail: string) => {
    told = host.clock.wallSeconds()
    watch.onProgress?.({stage: "train", done, total, unit: "images", detail: `${detail}${last}`})
  }
  return {
    step: (epoch, images, loss) => {
      if (host.clock.wallSeconds() - told < 0.1) return
      tell((epoch - 1) * perEpoch + images, `epoch ${epoch}/${epochs} loss ${(loss / images).toFixed(3)}`)
    },
    epochDone: ({epoch, loss, heldOut}) => {
      last = heldOut ? ` held-out ${heldOut.accuracy.toFixed(2)} %` : ""
      tell(epoch * perEpoch, `epoch ${epoch}/${epochs} loss ${loss.toFixed(3)}`)
    },
  }
}
