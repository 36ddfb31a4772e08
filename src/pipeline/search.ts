import type {Config} from "../config/schema.ts"
import {defaults} from "../config/schema.ts"
import {loadData} from "../data/data.ts"
import {runGolden} from "../golden/run.ts"
import {elements} from "../graph/shape.ts"
import type {Host} from "../host/host.ts"
import type {Watch} from "../progress.ts"
import {toElements} from "../quantize/report.ts"
import {searchPage} from "../report/page/search.ts"
import {type Effort, type Prediction, type SearchReport, search, type Trained, type Workshop} from "../search/search.ts"
import {type Candidate, defaultBits, defaultTopologies, quantizeOf, type Space, topologies} from "../search/space.ts"
import {holdOut} from "../train/random.ts"
import {settings as trainSettings} from "../train/settings.ts"
import {sourceHashes} from "./cache.ts"
import {estimate} from "./estimate.ts"
import {sha256} from "./hash.ts"
import {openOutputs} from "./outputs.ts"
import {runBuild} from "./run.ts"
import {dataSource, type Settings, settingsOf} from "./settings.ts"
import {interrupted} from "./step.ts"

/** Epochs of float and of quantisation-aware training. */
const EPOCHS: Readonly<Record<Effort, {readonly float: number; readonly fine: number}>> = {
  short: {float: 2, fine: 1},
  long: {float: 10, fine: 4},
}

export interface SearchInput extends Watch {
  readonly host: Host
  readonly config: Config
  readonly onReport?: (report: SearchReport) => void
}

/**
 * search() with this tool's own stages: every candidate is a build in its own folder under `out`, so what is finished is
 * found again after an interruption, and the best is a `tlast.config.json` away from being built. Accuracy is that of
 * the integers on the images held out of training; the test set is not looked at.
 */
export async function runSearch({host, config, onReport, ...watch}: SearchInput): Promise<SearchReport> {
  const out = config.out ?? "build/search"
  const settings = await settingsOf({...config, out}, host)
  const space = await spaceOf(host, config, settings)
  const memory = await recall(host, out, {config, space, sources: await sourceHashes(host)})
  const workshop: Workshop = {
    predict: (candidate) => memory.once(`plan ${candidate.name}`, () => predict(host, config, out, candidate)),
    train: (candidate, effort) =>
      memory.once(`${effort} ${candidate.name}`, () => trained({host, config, out, candidate, effort, ...watch})),
    async show(report) {
      if (watch.signal?.aborted) throw interrupted("search")
      await host.files.write(`${out}/report/search.json`, `${JSON.stringify(report, null, 2)}\n`)
      await host.files.write(`${out}/report/search.html`, searchPage(report))
      onReport?.(report)
    },
  }
  const goal = config.search?.accuracy
  return search(space, workshop, goal === undefined ? {} : {goal})
}

/** The user's own network with every choice of bits, or our topologies for the data's images. */
async function spaceOf(host: Host, config: Config, settings: Settings): Promise<Space> {
  const {filters, kernels, bits = defaultBits} = config.search ?? {}
  if (config.network !== undefined) return {topologies: [settings.network], bits}
  const {training} = await loadData(dataSource(settings), host)
  const classes = training.labels.reduce((most, label) => Math.max(most, label), 0) + 1
  return {
    topologies: topologies(training.shape, classes, {
      filters: filters ?? defaultTopologies.filters,
      kernels: kernels ?? defaultTopologies.kernels,
    }),
    bits,
  }
}

async function predict(host: Host, config: Config, out: string, candidate: Candidate): Promise<Prediction> {
  const {search: _, ...rest} = config
  const settings = await settingsOf(
    {
      ...rest,
      network: candidate.network,
      quantize: {...rest.quantize, ...quantizeOf(candidate)},
      out: `${out}/planned/${candidate.name}`,
    },
    host,
  )
  return predictionOf(host, settings)
}

async function predictionOf(host: Host, settings: Settings): Promise<Prediction> {
  const {resources, interval, imagesPerSecond, passed, changes} = await estimate(host, settings)
  const [reason] = changes
  return {
    resources,
    interval,
    imagesPerSecond,
    fits: passed,
    ...(passed || reason === undefined ? {} : {reason: `does not fit; ${reason}`}),
  }
}

interface Job extends Watch {
  readonly host: Host
  readonly config: Config
  readonly out: string
  readonly candidate: Candidate
  readonly effort: Effort
}

/** Float training once a topology, then the candidate's integers from it. */
async function trained({host, config, out, candidate, effort, ...watch}: Job): Promise<Trained> {
  const {search: _, ...rest} = config
  const epochs = EPOCHS[effort]
  const train = {...rest.train, epochs: effort === "long" ? (rest.train?.epochs ?? epochs.float) : epochs.float}
  const folder = `${out}/${effort}/${candidate.network.name}`
  const float = await settingsOf({...rest, train, network: config.network ?? candidate.network, out: folder}, host)
  if (float.source.kind === "network") await runBuild({host, settings: float, to: "train", ...watch})
  const fine = effort === "long" ? (rest.quantize?.fineTuneEpochs ?? epochs.fine) : epochs.fine
  const own: Config = {
    ...rest,
    network: float.source.kind === "network" ? `${folder}/model.json` : (config.network ?? defaults.network),
    quantize: {...rest.quantize, ...quantizeOf(candidate), fineTuneEpochs: fine},
    out: `${out}/${effort}/${candidate.name}`,
  }
  const settings = await settingsOf(own, host)
  await runBuild({host, settings, to: "quantize", ...watch})
  // What `tlast build --config` needs to build this very one: where the answer is, and how to get it.
  await host.files.write(`${settings.out}/tlast.config.json`, `${JSON.stringify(own, null, 2)}\n`)
  return {accuracy: await heldOutAccuracy(host, settings), ...(await predictionOf(host, settings))}
}

/** Percent of the held-out images that the integers get right. */
async function heldOutAccuracy(host: Host, settings: Settings): Promise<number> {
  const outputs = openOutputs(host, settings)
  const {training} = await outputs.data()
  const network = await outputs.integer()
  const count = training.labels.length
  const chosen = trainSettings(settings.network, count, {...settings.config.train, seed: settings.config.seed})
  const {heldOut} = holdOut(count, chosen.heldOut, chosen.seed)
  const size = elements(training.shape)
  const images = new Uint8Array(heldOut.length * size)
  for (const [i, image] of heldOut.entries())
    images.set(training.images.subarray(image * size, (image + 1) * size), i * size)
  const {classes} = runGolden(network, toElements(images, network.input.format.bits), heldOut.length)
  const correct = heldOut.reduce((right, image, i) => right + (training.labels[image] === classes[i] ? 1 : 0), 0)
  return (100 * correct) / heldOut.length
}

/** Answers kept in a file, for a run that goes on: those of the same configuration, space and sources. */
async function recall(host: Host, out: string, identity: object) {
  const path = `${out}/search.state.json`
  const key = await sha256(JSON.stringify(identity))
  const old = await host.files.readText(path).catch(() => undefined)
  const answers = new Map<string, object>(old === undefined ? [] : entriesOf(old, key))
  return {
    async once<T extends object>(question: string, answer: () => Promise<T>): Promise<T> {
      const known = answers.get(question)
      if (known !== undefined) return known as T
      const fresh = await answer()
      answers.set(question, fresh)
      await host.files.write(path, `${JSON.stringify({key, answers: [...answers]})}\n`)
      return fresh
    },
  }
}

/** A file that is no state of this search is as good as none. */
function entriesOf(text: string, key: string): [string, object][] {
  try {
    const state = JSON.parse(text) as {key?: unknown; answers?: [string, object][]}
    return state.key === key && Array.isArray(state.answers) ? state.answers : []
  } catch {
    return []
  }
}
