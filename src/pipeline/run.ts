import type {Host} from "../host/host.ts"
import type {Watch} from "../progress.ts"
import {isWhole, readRecord, removeRecord, type StageRecord, sourceHashes, stageKey, writeRecord} from "./cache.ts"
import {sha256} from "./hash.ts"
import {openOutputs} from "./outputs.ts"
import type {Settings} from "./settings.ts"
import {interrupted, type StageName, type Step, stageNames} from "./step.ts"
import {steps as allSteps} from "./steps.ts"
import {version} from "./version.ts"

export interface BuildOptions extends Watch {
  readonly host: Host
  readonly settings: Settings
  /** Run this stage and those after it again, cached or not. */
  readonly from?: StageName
  /** Stop after this stage; by default the last. */
  readonly to?: StageName
  readonly onStage?: (event: StageEvent) => void
  /** The stages; for tests. */
  readonly steps?: readonly Step[]
}

export interface StageEvent {
  readonly kind: "start" | "end"
  readonly stage: StageName
  /** At the end: its report, whether it came from the cache, and seconds. */
  readonly report?: object
  readonly cached?: boolean
  readonly seconds?: number
}

export interface BuildResult {
  /** Each stage's report, as in report/<stage>.json. */
  readonly reports: Readonly<Partial<Record<StageName, object>>>
  /** SHA-256 of every file of the build that the same inputs make again byte for byte, by path. */
  readonly manifest: Manifest
}

/** manifest.json */
export interface Manifest {
  readonly tool: string
  readonly network: string
  readonly files: Readonly<Record<string, string>>
  /** Files that depend on this computer: times measured on it, other tools found on it. No two builds make the same. */
  readonly local: readonly string[]
}

/**
 * Runs the stages up to `to`, each only where its options, inputs or sources have changed since its files were written.
 * Every file is whole or absent, and a stage counts as done only once all of its files are: after a kill -9 the same
 * call goes on where it stopped and makes the identical manifest.
 */
export async function runBuild(options: BuildOptions): Promise<BuildResult> {
  const {host, settings, from, to = "report", onStage, steps = allSteps} = options
  const out = settings.out
  const log = buildLog(host, out)
  await log(`tlast ${version}, ${settings.name}`)
  const sources = await sourceHashes(host)
  const records = new Map<StageName, StageRecord>()
  const reports: Partial<Record<StageName, object>> = {}
  const outputs = openOutputs(host, settings)
  const fresh = from === undefined ? stageNames.length : stageNames.indexOf(from)
  const last = stageNames.indexOf(to)

  for (const step of steps) {
    const index = stageNames.indexOf(step.name)
    if (index > last) break
    if (options.signal?.aborted) throw interrupted(step.name)
    const started = host.clock.wallSeconds()
    onStage?.({kind: "start", stage: step.name})
    const key = await keyOf(step, options, sources, records)
    const known = index >= fresh ? undefined : await readRecord(host, out, step.name)
    const cached = known !== undefined && known.key === key && (await isWhole(host, out, known))
    const record = cached ? known : await runStep(step, key, options, outputs)
    records.set(step.name, record)
    const report = await outputs.report(step.name)
    reports[step.name] = report
    const seconds = host.clock.wallSeconds() - started
    await log(`${step.name}: ${cached ? "cached" : "done"} in ${seconds.toFixed(1)} s`)
    onStage?.({kind: "end", stage: step.name, report, cached, seconds})
  }
  const manifest = manifestOf(settings, records)
  await host.files.write(`${out}/manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`)
  return {reports, manifest}

  async function runStep(
    step: Step,
    key: string,
    {signal, onProgress}: Watch,
    open: typeof outputs,
  ): Promise<StageRecord> {
    const old = await readRecord(host, out, step.name)
    await removeRecord(host, out, step.name)
    await host.files.remove(`${out}/manifest.json`)
    const result = await step
      .run({
        host,
        settings,
        outputs: open,
        ...(signal === undefined ? {} : {signal}),
        ...(onProgress === undefined ? {} : {onProgress}),
      })
      .catch(async (error: unknown) => {
        await log(`${step.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
        throw error
      })
    const files = {...result.files, [reportPath(step.name)]: `${JSON.stringify(result.report, null, 2)}\n`}
    for (const path of Object.keys(old?.files ?? {})) {
      if (!Object.hasOwn(files, path)) await host.files.remove(`${out}/${path}`)
    }
    const hashes: Record<string, string> = {}
    for (const [path, data] of Object.entries(files)) {
      await host.files.write(`${out}/${path}`, data)
      hashes[path] = await sha256(data)
    }
    const record = {key, files: hashes, local: result.local ?? []}
    await writeRecord(host, out, step.name, record)
    return record
  }
}

/** Whether `to` and every stage before it would come from the cache: a build up to there would run nothing. */
export async function isBuilt(
  options: Pick<BuildOptions, "host" | "settings" | "steps">,
  to: StageName,
): Promise<boolean> {
  const {host, settings, steps = allSteps} = options
  const sources = await sourceHashes(host)
  const records = new Map<StageName, StageRecord>()
  for (const step of steps.filter(({name}) => stageNames.indexOf(name) <= stageNames.indexOf(to))) {
    const known = await readRecord(host, settings.out, step.name)
    if (known === undefined || known.key !== (await keyOf(step, options, sources, records))) return false
    if (!(await isWhole(host, settings.out, known))) return false
    records.set(step.name, known)
  }
  return true
}

async function keyOf(
  step: Step,
  {settings, host}: Pick<BuildOptions, "host" | "settings">,
  sources: Readonly<Record<string, string>>,
  records: ReadonlyMap<StageName, StageRecord>,
): Promise<string> {
  return stageKey({
    stage: step.name,
    sources: [version, ...step.sources.map((folder) => sources[folder] ?? "")],
    options: await step.options(settings, host),
    inputs: inputsOf(step, records),
  })
}

/** Where a stage's report is, in the build folder. */
export const reportPath = (stage: StageName): string => `report/${stage}.json`

/** Hashes of what the stage reads. Local files change with every run and decide nothing, except for the report. */
function inputsOf(step: Step, records: ReadonlyMap<StageName, StageRecord>): unknown {
  return step.needs.map((stage) => {
    const record = records.get(stage)
    return Object.entries(record?.files ?? {}).filter(
      ([path]) => step.name === "report" || record?.local.includes(path) !== true,
    )
  })
}

function manifestOf(settings: Settings, records: ReadonlyMap<StageName, StageRecord>): Manifest {
  const all = [...records.values()]
  const local = all.flatMap((record) => record.local).sort()
  const files = all.flatMap((record) => Object.entries(record.files)).filter(([path]) => !local.includes(path))
  return {
    tool: `tlast ${version}`,
    network: settings.name,
    files: Object.fromEntries(files.sort(([a], [b]) => (a < b ? -1 : 1))),
    local,
  }
}

/** build.log: what ran, how long it took, and the whole of an error. The only file with times besides the measured ones. */
function buildLog(host: Host, out: string): (line: string) => Promise<void> {
  const lines: string[] = []
  return async (line) => {
    lines.push(line)
    await host.files.write(`${out}/build.log`, `${lines.join("\n")}\n`)
  }
}
