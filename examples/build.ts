// Every stage as a library function: a network of your own from pixels to proven RTL. Run: npx vitest run test/examples.test.ts
import {
  conv2d,
  dense,
  emit,
  exportInt8,
  flatten,
  loadData,
  maxPool2d,
  network,
  nodeHost,
  plan,
  quantize,
  readLibrary,
  relu,
  runGolden,
  toElements,
  train,
  verify,
} from "tlast"

export async function build(folder: string, out: string) {
  const host = nodeHost()
  const data = await loadData({folder}, host)
  const net = network("mine", data.training.shape, [
    conv2d({filters: 4, kernel: 3}),
    relu(),
    maxPool2d({size: 2}),
    flatten(),
    dense({units: data.training.classes}),
  ])
  const {model, report} = await train({network: net, data, options: {epochs: 5, batch: 32}, host})
  const {network: integer} = quantize(model, data.training.images, {weightBits: 8, activationBits: 8})

  const pixels = toElements(data.test.images, integer.input.format.bits)
  const golden = runGolden(integer, pixels)
  const right = golden.classes.filter((read, index) => read === data.test.labels[index]).length

  const {plan: architecture} = plan(integer, {device: "xc7z020", clockHz: 100e6, lanes: 1})
  const design = emit(integer, architecture, await readLibrary(host))
  for (const [path, text] of Object.entries(design.files)) await host.files.write(`${out}/rtl/${path}`, text)
  await host.files.write(`${out}/model.int8.tflite`, exportInt8(integer))

  const {lanes, stream, interval, latency} = architecture
  const proof = await verify(
    {network: integer, design, stream: {lanes, ...stream.input}, predicted: {interval, latency}, elements: pixels},
    {host, out, simulators: [{name: "embedded"}], stallImages: 20},
  )
  return {trained: report.accuracy.test, accuracy: right / golden.images, interval, proof: proof.report}
}
