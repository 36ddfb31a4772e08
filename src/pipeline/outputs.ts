import type {Host} from "../host/host.ts"
import type {Settings} from "./settings.ts"
import type {StageName} from "./step.ts"

/** What earlier stages have left in the build folder, read when asked for. */
export interface Outputs {
  /** report/<stage>.json */
  report(stage: StageName): Promise<object>
}

export function openOutputs(host: Host, {out}: Settings): Outputs {
  return {
    report: async (stage) => JSON.parse(await host.files.readText(`${out}/report/${stage}.json`)) as object,
  }
}
