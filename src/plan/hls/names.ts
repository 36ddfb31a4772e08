import type {Rounding} from "../../graph/format.ts"
import type {LinearLayer} from "../../graph/integer.ts"
import type {LoadTarget} from "../../graph/packets.ts"

/** "conv1_weights_load" */
export const loadStream = ({layer, kind}: LoadTarget): string => `${layer.name}_${kind}_load`

/** The rounding as hls/tlast/requantise.h names it. */
export function roundingName(rounding: Rounding, kind: LinearLayer["kind"]): string {
  if (rounding === "tflite") return kind === "conv2d" ? "tlast::TFLITE_CONV" : "tlast::TFLITE_DENSE"
  return `tlast::${rounding.toUpperCase().replace("-", "_")}`
}
