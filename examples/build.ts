// Every stage as a library function: a network of your own from pixels to proven RTL. Run: npx vitest run test/examples.test.ts
import * as tlast from "tlast"
import {conv2d, dense, flatten, maxPool2d, relu} from "tlast"

export async function build(folder: string, out: string) {
  const host = tlast.nodeHost()
  const data = await tlast.loadData({folder}, host)
  const classes = data.training.classes
  const layers = [conv2d({filters: 4, kernel: 3}), relu(), maxPool2d({size: 2}), flatten(), dense({units: classes})]
  const mine = tlast.network("mine", data.training.shape, layers)
  const {model, report} = await tlast.train({network: mine, data, options: {epochs: 5, batch: 32}, host})
  const {network: integer} = tlast.quantize(model, data.training.images, {weightBits: 8, activationBits: 8})

  const pixels = tlast.toElements(data.test.images, integer.input.format.bits)
  const golden = tlast.runGolden(integer, pixels)
  const right = golden.classes.filter((read, index) => read === data.test.labels[index]).length

  const {plan: architecture} = tlast.plan(integer, {device: "xc7z020", clockHz: 100e6, lanes: 1})
  const design = tlast.emit(integer, architecture, await tlast.readLibrary(host))
  for (const [path, text] of Object.entries(design.files)) await host.files.write(`${out}/rtl/${path}`, text)
  await host.files.write(`${out}/model.int8.tflite`, tlast.exportInt8(integer))

  const {lanes, stream, interval, latency} = architecture
  const proof = await tlast.verify(
    {network: integer, design, stream: {lanes, ...stream.input}, predicted: {interval, latency}, elements: pixels},
    {host, out, simulators: [{name: "embedded"}], stallImages: 20},
  )
  return {trained: report.accuracy.test, accuracy: right / golden.images, interval, proof: proof.report}
}
