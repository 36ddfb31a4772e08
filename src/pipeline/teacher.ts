import type {Config} from "../config/schema.ts"
import {TlastError} from "../errors.ts"
import type {FloatModel} from "../graph/network.ts"
import type {Host} from "../host/host.ts"
import type {TrainOptions} from "../train/train.ts"
import {openSource} from "./source.ts"

/** SHA-256 of a teacher's file, or null without one: part of what decides a stage's result. */
export async function teacherHash(file: string | undefined, host: Host): Promise<string | null> {
  if (file === undefined) return null
  const source = await openSource(file, host)
  return source.kind === "model" ? source.sha256 : null
}

/** The trainer's `distil`, from the file that a configuration names, or from a model there is already. */
export async function distilOf(
  given: string | FloatModel | undefined,
  {teacherShare, temperature}: NonNullable<Config["train"]>,
  host: Host,
): Promise<Pick<TrainOptions, "distil">> {
  if (given === undefined) return {}
  const teacher = typeof given === "string" ? await read(given, host) : given
  return {
    distil: {
      teacher,
      ...(teacherShare === undefined ? {} : {share: teacherShare}),
      ...(temperature === undefined ? {} : {temperature}),
    },
  }
}

async function read(file: string, host: Host): Promise<FloatModel> {
  const source = await openSource(file, host)
  if (source.kind === "model") return source.model
  throw new TlastError({
    code: "CONFIG_VALUE",
    where: "train.teacher",
    message: `${file} is a network without parameters`,
    hint: "name a trained model's file: build/NAME/model.json, or a .tflite",
  })
}
