import {TlastError} from "../errors.ts"
import type {Host} from "../host/host.ts"
import type {TrainOptions, TrainState} from "../train/train.ts"

/** The stage whose training it is: in float, or quantisation-aware. */
export type Trainer = "train" | "quantize"

/** Where an unfinished training is kept: one file a stage, replaced whole after every epoch, removed at the end. */
export const checkpointPath = (out: string, stage: Trainer): string => `${out}/.cache/${stage}.checkpoint.json`

/**
 * A training that goes on from the checkpoint that an earlier run left, and keeps one itself. One of a run with another
 * network, data or options is not gone on from.
 */
export async function withCheckpoint<T>(
  host: Host,
  out: string,
  stage: Trainer,
  run: (options: Pick<TrainOptions, "resume" | "onCheckpoint">) => Promise<T>,
): Promise<T> {
  const onCheckpoint = (_: unknown, state: TrainState) => writeCheckpoint(host, out, stage, state)
  const resume = await readCheckpoint(host, out, stage)
  const result = await run({onCheckpoint, ...(resume === undefined ? {} : {resume})}).catch((error: unknown) => {
    if (resume !== undefined && error instanceof TlastError && error.code === "WRONG_CHECKPOINT")
      return run({onCheckpoint})
    throw error
  })
  await host.files.remove(checkpointPath(out, stage))
  return result
}

export async function writeCheckpoint(host: Host, out: string, stage: Trainer, state: TrainState): Promise<void> {
  const {arrays, ...rest} = state
  const encoded = Object.fromEntries(Object.entries(arrays).map(([name, values]) => [name, encode(values)]))
  await host.files.write(checkpointPath(out, stage), JSON.stringify({...rest, arrays: encoded}))
}

/** The state of an unfinished training, or undefined where there is none that can be read. Whose it is, train() checks. */
export async function readCheckpoint(host: Host, out: string, stage: Trainer): Promise<TrainState | undefined> {
  const path = checkpointPath(out, stage)
  if (!(await host.files.exists(path))) return undefined
  try {
    const {arrays, ...rest} = JSON.parse(await host.files.readText(path)) as {arrays: Record<string, string>}
    const decoded = Object.fromEntries(Object.entries(arrays).map(([name, text]) => [name, decode(text)]))
    return {...rest, arrays: decoded} as unknown as TrainState
  } catch {
    return undefined
  }
}

/** Little-endian bytes as base64: the same bits come back. */
function encode(values: Float32Array): string {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  for (const [index, value] of values.entries()) view.setFloat32(index * 4, value, true)
  let text = ""
  for (const byte of new Uint8Array(view.buffer)) text += String.fromCharCode(byte)
  return btoa(text)
}

function decode(text: string): Float32Array {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  const view = new DataView(bytes.buffer)
  return Float32Array.from({length: bytes.length >> 2}, (_, index) => view.getFloat32(index * 4, true))
}
