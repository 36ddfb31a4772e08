import {runGolden} from "../golden/run.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import {elements} from "../graph/shape.ts"
import type {Host} from "../host/host.ts"
import type {Watch} from "../progress.ts"
import type {SoftwareReport} from "../report/stages.ts"
import {checkpoint} from "./step.ts"

/** Images of one measurement, and how long it goes on at least. */
const BATCH = 200
const SECONDS = 1

/** Asks LiteRT, one thread, image after image, for its rate over the images on stdin; one line of JSON on stdout. */
const litertScript = `
import json, sys, time
import numpy
try:
    from ai_edge_litert.interpreter import Interpreter
    import ai_edge_litert as package
except ImportError:
    from tflite_runtime.interpreter import Interpreter
    import tflite_runtime as package
model = Interpreter(model_path=sys.argv[1], num_threads=1)
model.allocate_tensors()
given = model.get_input_details()[0]
pixels = numpy.frombuffer(sys.stdin.buffer.read(), numpy.uint8).reshape((-1,) + tuple(given["shape"]))
images = [image for image in (pixels.astype(numpy.int16) - 128).astype(numpy.int8)]
done, start = 0, time.process_time()
while time.process_time() - start < ${SECONDS}:
    for image in images:
        model.set_tensor(given["index"], image)
        model.invoke()
    done += len(images)
print(json.dumps({"rate": done / (time.process_time() - start), "version": getattr(package, "__version__", "")}))
`

/**
 * Images a CPU-second of the software that computes the same integers: our reference and, where some Python here has it,
 * LiteRT with model.int8.tflite (its fastest kernels, one thread). `images` are bytes.
 */
export async function measureSoftware(
  network: IntegerNetwork,
  input: Uint8Array,
  bytes: Uint8Array,
  int8Path: string | undefined,
  host: Host,
  watch: Watch,
): Promise<readonly SoftwareReport[]> {
  const size = elements(network.input.shape)
  const count = Math.min(BATCH, Math.floor(input.length / size))
  const some = input.subarray(0, count * size)
  let done = 0
  let spent = 0
  while (spent < SECONDS) {
    await checkpoint(watch, {stage: "report", done: spent, total: SECONDS, unit: "s", detail: "timing the reference"})
    // CPU seconds of this process: what else runs on the computer does not count.
    const start = host.clock.cpuSeconds()
    runGolden(network, some, count)
    spent += host.clock.cpuSeconds() - start
    done += count
  }
  const own: SoftwareReport = {engine: "tlast", imagesPerSecond: Math.round(done / spent)}
  const litert = int8Path === undefined ? undefined : await litertRate(int8Path, bytes.subarray(0, count * size), host)
  return litert === undefined ? [own] : [own, litert]
}

async function litertRate(model: string, images: Uint8Array, host: Host): Promise<SoftwareReport | undefined> {
  for (const python of [".venv/bin/python", "python3", "python"]) {
    const found = python.includes("/") ? await host.files.exists(python) : (await host.which(python)) !== undefined
    if (!found) continue
    const {exitCode, stdout} = await host
      .run(python, ["-c", litertScript, model], {input: images})
      .catch(() => ({exitCode: 1, stdout: ""}))
    if (exitCode !== 0) continue
    const {rate, version} = JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}") as {rate: number; version: string}
    return {engine: "litert", imagesPerSecond: Math.round(rate), version}
  }
  return undefined
}
