import type {Host} from "../host/host.ts"
import {canonical, sha256} from "./hash.ts"
import type {StageName} from "./step.ts"

/** What a finished stage leaves in .cache/<stage>.json: written last, so a stage without one never happened. */
export interface StageRecord {
  readonly key: string
  /** SHA-256 of each file it wrote, by path in the build folder. */
  readonly files: Readonly<Record<string, string>>
  readonly local: readonly string[]
}

const recordPath = (out: string, stage: StageName): string => `${out}/.cache/${stage}.json`

/** The stage's record, or undefined where there is none that can be read. */
export async function readRecord(host: Host, out: string, stage: StageName): Promise<StageRecord | undefined> {
  const path = recordPath(out, stage)
  if (!(await host.files.exists(path))) return undefined
  try {
    const value: unknown = JSON.parse(await host.files.readText(path))
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

export async function writeRecord(host: Host, out: string, stage: StageName, record: StageRecord): Promise<void> {
  await host.files.write(recordPath(out, stage), `${JSON.stringify(record, null, 2)}\n`)
}

/** Before a stage runs again: from here on it has not happened. */
export async function removeRecord(host: Host, out: string, stage: StageName): Promise<void> {
  await host.files.remove(recordPath(out, stage))
}

/** True where every file of the record is still there, byte for byte. */
export async function isWhole(host: Host, out: string, record: StageRecord): Promise<boolean> {
  for (const [path, hash] of Object.entries(record.files)) {
    if (!(await host.files.exists(`${out}/${path}`))) return false
    if ((await sha256(await host.files.read(`${out}/${path}`))) !== hash) return false
  }
  return true
}

/** The name of everything that decides what a stage makes. */
export function stageKey(parts: {
  readonly stage: StageName
  readonly sources: unknown
  readonly options: unknown
  readonly inputs: unknown
}): Promise<string> {
  return sha256(canonical(parts))
}

/**
 * Hashes of tlast's own sources by folder, as the build wrote them down (dist/.sources). Where there is no dist (under a
 * test runner) the version alone stands for them.
 */
export async function sourceHashes(host: Host): Promise<Readonly<Record<string, string>>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(await host.files.asset("dist/.sources")))
    return isTexts(value) ? value : {}
  } catch {
    return {}
  }
}

function isRecord(value: unknown): value is StageRecord {
  return (
    typeof value === "object" &&
    value !== null &&
    "key" in value &&
    typeof value.key === "string" &&
    "files" in value &&
    isTexts(value.files) &&
    "local" in value &&
    Array.isArray(value.local)
  )
}

const isTexts = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === "object" && value !== null && Object.values(value).every((inner) => typeof inner === "string")
