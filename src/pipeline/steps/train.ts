import {TlastError} from "../../errors.ts"
import {floatModelToJson} from "../../graph/json.ts"
import type {ImportReport} from "../../report/stages.ts"
import {type TrainOptions, type TrainState, train} from "../../train/train.ts"
import {checkpointPath, readCheckpoint, writeCheckpoint} from "../checkpoint.ts"
import {paths} from "../outputs.ts"
import type {Source} from "../source.ts"
import type {Step, StepContext} from "../step.ts"

export const trainStep: Step = {
  name: "train",
  summary: "train the network in float32, or take a file's parameters",
  needs: ["data"],
  sources: ["graph", "data", "train", "models", "import", "tflite"],
  options: ({source, network, config}) =>
    source.kind === "model" ? {sha256: source.sha256} : {network, seed: config.seed, ...config.train},
  async run(context) {
    const {host, settings} = context
    if (settings.source.kind === "model") return imported(settings.source)
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

/** A file brings its parameters: there is nothing to train. */
function imported({file, sha256, verdict, model}: Extract<Source, {kind: "model"}>) {
  const parameters = Object.values(model.parameters).reduce((n, {weights, bias}) => n + weights.length + bias.length, 0)
  const report: ImportReport = {
    stage: "train",
    network: model.network.name,
    parameters,
    imported: {file, sha256, verdict},
  }
  return {report, files: {[paths.floatModel]: floatModelToJson(model)}}
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
