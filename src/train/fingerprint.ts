import type {Data} from "../data/data.ts"
import type {Network} from "../graph/network.ts"
import type {TrainOptions} from "./options.ts"
import type {Settings} from "./settings.ts"

/** SHA-256, in hex, of everything a run's result depends on: a checkpoint belongs to one run. */
export async function fingerprintOf(
  network: Network,
  {training}: Data,
  {threads: _threads, ...chosen}: Settings,
  {fakeQuantize, start, distil}: TrainOptions,
): Promise<string> {
  const text = JSON.stringify({
    network,
    chosen,
    fakeQuantize: fakeQuantize ?? null,
    teacher: distil?.teacher.network ?? null,
  })
  const parts = [new TextEncoder().encode(text), await sha256(training.images), await sha256(training.labels)]
  for (const model of [start, distil?.teacher]) {
    for (const [name, own] of Object.entries(model?.parameters ?? {})) {
      parts.push(new TextEncoder().encode(name))
      for (const values of [own.weights, own.bias, own.mean, own.variance]) if (values) parts.push(await sha256(values))
    }
  }
  return Array.from(await sha256(new Uint8Array(await new Blob(parts).arrayBuffer())), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("")
}

async function sha256(data: Uint8Array | Float32Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data as Uint8Array<ArrayBuffer>))
}
