import {type Data, dataNames} from "../../data/data.ts"
import {TlastError} from "../../errors.ts"
import type {Network} from "../../graph/network.ts"
import {elements, shapeName} from "../../graph/shape.ts"
import type {DataReport} from "../../report/stages.ts"
import {sha256} from "../hash.ts"
import {dataSource} from "../settings.ts"
import type {Step} from "../step.ts"

export const dataStep: Step = {
  name: "data",
  summary: "read the images and labels",
  needs: [],
  sources: ["data", "pipeline"],
  async options(settings, host) {
    const source = dataSource(settings)
    if ("name" in source) return {name: source.name, known: [...dataNames], input: {...settings.network.input}}
    const names = (await host.files.list(source.folder)).filter((name) => /ubyte(\.gz)?$/.test(name))
    const hashes = names.map(async (name) => [name, await sha256(await host.files.read(`${source.folder}/${name}`))])
    return {files: await Promise.all(hashes), input: {...settings.network.input}}
  },
  async run({outputs, settings}) {
    const {name, training, test} = await outputs.data()
    checkShape(settings.network, {name, training})
    const report: DataReport = {
      stage: "data",
      name,
      training: training.labels.length,
      test: test.labels.length,
      shape: training.shape,
      classes: training.classes,
      hashes: {
        training: `${await sha256(training.images)} ${await sha256(training.labels)}`,
        test: `${await sha256(test.images)} ${await sha256(test.labels)}`,
      },
    }
    return {report, files: {}}
  },
}

/** Throws SHAPE_MISMATCH where images are not of the network's input. */
export function checkShape(
  {name, input}: Pick<Network, "name" | "input">,
  data: Pick<Data, "name" | "training">,
): void {
  const {shape} = data.training
  if (shapeName(input) === shapeName(shape)) return
  throw new TlastError({
    code: "SHAPE_MISMATCH",
    where: `network ${name}`,
    message: `reads images of ${shapeName(input)}, and ${data.name} has ${shapeName(shape)} (${elements(shape)} bytes)`,
    hint: `give the network an input of ${shapeName(shape)}, or other data with --data`,
  })
}
