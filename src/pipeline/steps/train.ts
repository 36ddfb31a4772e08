import {TlastError} from "../../errors.ts"
import {floatModelToJson} from "../../graph/json.ts"
import {type TrainOptions, type TrainState, train} from "../../train/train.ts"
import {checkpointPath, readCheckpoint, writeCheckpoint} from "../checkpoint.ts"
import {paths} from "../outputs.ts"
import type {Step, StepContext} from "../step.ts"

export const trainStep: Step = {
  name: "train",
  summary: "train the network in float32",
  needs: ["data"],
  sources: ["graph", "data", "train", "models"],
  options: ({network, config}) => ({network, seed: config.seed, ...config.train}),
  async run(context) {
    const {host, settings} = context
    const state = await readCheckpoint(host, settings.out)
    const {model, report} = await trainFrom(context, state).catch((error: unknown) => {
      // Left by a run with another network, data or options: this one begins anew.
      if (state !== undefined && error instanceof TlastError && error.code === "WRONG_CHECKPOINT")
        return trainFrom(context, undefined)
      throw error
    })
    await host.files.remove(checkpointPath(settings.out))
    return {report, files: {[paths.floatModel]: floatModelToJson(model)}}
  },
}

async function trainFrom({host, settings, outputs, ...watch}: StepContext, resume: TrainState | undefined) {
  const {network, config, out} = settings
  const options: TrainOptions = {
    ...config.train,
    seed: config.seed,
    ...(resume === undefined ? {} : {resume}),
    onCheckpoint: (_, state) => writeCheckpoint(host, out, state),
  }
  return train({network, data: await outputs.data(), options, host, watch})
}
