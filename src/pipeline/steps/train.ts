import {floatModelToJson} from "../../graph/json.ts"
import type {ImportReport} from "../../report/stages.ts"
import {train} from "../../train/train.ts"
import {withCheckpoint} from "../checkpoint.ts"
import {paths} from "../outputs.ts"
import type {Source} from "../source.ts"
import type {Step} from "../step.ts"
import {distilOf, teacherHash} from "../teacher.ts"

export const trainStep: Step = {
  name: "train",
  summary: "train the network in float32, or take a file's parameters",
  needs: ["data"],
  sources: ["graph", "data", "train", "models", "import", "tflite"],
  options: async ({source, network, config}, host) =>
    source.kind === "model"
      ? {sha256: source.sha256}
      : {network, seed: config.seed, ...config.train, teacher: await teacherHash(config.train?.teacher, host)},
  async run({host, settings, outputs, ...watch}) {
    const {source, network, config, out} = settings
    if (source.kind === "model") return imported(source)
    const {teacher, teacherShare: _, temperature: __, ...rest} = config.train ?? {}
    const chosen = {...rest, ...(await distilOf(teacher, config.train ?? {}, host)), seed: config.seed}
    const data = await outputs.data()
    const {model, report} = await withCheckpoint(host, out, "train", (kept) =>
      train({network, data, options: {...chosen, ...kept}, host, watch}),
    )
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
