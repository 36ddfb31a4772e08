import type {Host} from "../host/host.ts"
import type {TrainState} from "../train/train.ts"

const arrayNames = ["parameters", "firstMoment", "secondMoment", "best"] as const

/** Where an unfinished training is kept: one file, replaced whole after every epoch, removed at the end. */
export const checkpointPath = (out: string): string => `${out}/.cache/train.checkpoint.json`

export async function writeCheckpoint(host: Host, out: string, state: TrainState): Promise<void> {
  const {arrays, ...rest} = state
  const encoded = Object.fromEntries(arrayNames.map((name) => [name, encode(arrays[name])]))
  await host.files.write(checkpointPath(out), JSON.stringify({...rest, arrays: encoded}))
}

/** The state of an unfinished training, or undefined where there is none that can be read. Whose it is, train() checks. */
export async function readCheckpoint(host: Host, out: string): Promise<TrainState | undefined> {
  const path = checkpointPath(out)
  if (!(await host.files.exists(path))) return undefined
  try {
    const {arrays, ...rest} = JSON.parse(await host.files.readText(path)) as {arrays: Record<string, string>}
    const decoded = Object.fromEntries(arrayNames.map((name) => [name, decode(arrays[name] ?? "")]))
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
