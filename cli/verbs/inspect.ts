import {dataNames, loadData} from "../../src/data/data.ts"
import {TlastError} from "../../src/errors.ts"
import {
  type Imported,
  type InspectReport,
  type InspectTensor,
  importTflite,
  inspect as inspectFile,
} from "../../src/import/tflite.ts"
import {type FileMeasurement, measureFile, type WeightGrid, weightGrid} from "../../src/pipeline/measure.ts"
import {table} from "../../src/report/table.ts"
import type {Verb} from "../verb.ts"

export const inspect: Verb = {
  name: "inspect",
  summary: "what a model file holds, what tlast makes of each part, and what that costs",
  args: ["<FILE>"],
  plain: true,
  flags: [
    ["--data <NAME|DIR>", "measure accuracy before and after on these test images: mnist, or a folder of idx files"],
    ["--images <N>", "only the first N test images"],
    ["--weight-scale <N>", "integer weights = trunc(float weights x N)"],
  ],
  async run({host, args, given, watch, say}) {
    const [file = ""] = args
    const bytes = await host.files.read(file)
    if (!/\.tflite$/i.test(file)) {
      throw new TlastError({
        code: "UNKNOWN_FORMAT",
        where: file,
        message: "only .tflite files can be inspected",
        hint: "convert the model to .tflite first",
      })
    }
    const [images, weightScale] = [number(given, "images", true), number(given, "weightScale", false)]
    const report = inspectFile(bytes)
    for (const line of inspectText(file, report)) say(line)
    if (report.verdict === "unsupported") return {report, exitCode: 1}
    const imported = importTflite(bytes)
    const grid = report.verdict === "float" ? weightGrid(imported.model) : undefined
    if (grid !== undefined) say(gridText(grid, weightScale))
    if (typeof given.data !== "string") {
      say(`--data mnist, or a folder of idx files, measures what that costs`)
      return {report: {...report, ...(grid === undefined ? {} : {grid})}}
    }
    const {data: name} = given
    const data = await loadData(dataNames.includes(name) || !/[./\\]/.test(name) ? {name} : {folder: name}, host)
    const options = {data, ...(images && {images}), ...(weightScale && {weightScale}), ...watch}
    const measured = measureFile(bytes, imported, options)
    for (const line of measuredText(imported, measured, weightScale)) say(line)
    return {report: {...report, ...(grid === undefined ? {} : {grid}), ...(measured === undefined ? {} : {measured})}}
  },
}

function number(given: Readonly<Record<string, unknown>>, key: "images" | "weightScale", whole: boolean) {
  const text = given[key]
  if (typeof text !== "string") return undefined
  const value = Number(text)
  if (text.trim() !== "" && value > 0 && Number.isFinite(value) && (!whole || Number.isInteger(value))) return value
  const flag = key === "images" ? "--images" : "--weight-scale"
  throw new TlastError({
    code: "FLAG_VALUE",
    where: flag,
    message: `${JSON.stringify(text)} found`,
    hint: `write ${flag} N, a ${whole ? "whole " : ""}number above 0`,
  })
}

const verdicts = {
  "bit-exact": "its integers can be taken over bit for bit",
  rewritten: "it is dequantised and quantised again: not the same integers",
  float: "a float network, to be quantised",
  unsupported: "it cannot be built as it is",
} as const

function inspectText(file: string, report: InspectReport): readonly string[] {
  const rows = report.operators.map(({index, operator, outputs, status, note}) => [
    String(index),
    operator,
    outputs.map(tensor).join(", "),
    status,
    note ?? "",
  ])
  const width = table(["#", "operator", "gives", "", ""], rows)
  return [
    `${file}: ${report.verdict}, ${verdicts[report.verdict]}`,
    `input   ${tensor(report.input)}`,
    ...width,
    `output  ${tensor(report.output)}`,
    ...report.operators.flatMap(({index, operator, fix}) =>
      fix === undefined ? [] : [`${index} ${operator}: ${fix}`],
    ),
    ...report.operators.flatMap(({index, inputs, outputs}) =>
      [...inputs, ...outputs].flatMap(({name, rewritten}) =>
        rewritten === undefined ? [] : [`${index} ${name}: rewritten, ${rewritten}`],
      ),
    ),
  ]
}

const count = (value: number): string => value.toLocaleString("en-GB")

function gridText({scale, weights, careless, changed}: WeightGrid, told: number | undefined): string {
  const taken = told === undefined ? `taken as w x ${scale}, which keeps them all` : `told to take trunc(w x ${told})`
  return `weights ${count(weights)}, all on a 1/${scale} grid: ${taken}; trunc(w x ${careless}) would change ${count(changed)} of them`
}

const percent = (value: number): string => `${value.toFixed(2)} %`

function measuredText(
  {report}: Imported,
  measured: FileMeasurement | undefined,
  weightScale: number | undefined,
): readonly string[] {
  if (measured === undefined)
    return ["samples not measured: the file has an int8 operator whose arithmetic is not known here"]
  const {data, images, before, after, agree, logits, scaled = []} = measured
  const [was, is] =
    report.verdict === "float"
      ? ["in floats", weightScale === undefined ? "in our integers" : `in integers of trunc(w x ${weightScale})`]
      : [
          "in the file's integers",
          report.verdict === "bit-exact" && weightScale === undefined ? "taken over" : "rewritten",
        ]
  const same = `same class for ${count(agree)} of ${count(images)}`
  return [
    `samples ${count(images)} test images of ${data}: ${percent(before)} right ${was}, ${percent(after)} ${is}; ${same}`,
    logits.largest === 0
      ? "logits  not one differs"
      : `logits  differ by at most ${logits.largest.toPrecision(3)} (rms ${logits.rms.toPrecision(3)}; they reach ${logits.span.toPrecision(3)})`,
    ...scaled.map(({scale, accuracy}) => `        ${percent(accuracy)} right with trunc(w x ${scale})`),
  ]
}

function tensor({shape, type, scale, zeroPoint}: InspectTensor): string {
  const span = ([low, high]: readonly [number, number]) => (low === high ? `${low}` : `${low}..${high}`)
  const quantised = scale === undefined ? "" : ` scale ${span(scale)} zero ${span(zeroPoint ?? [0, 0])}`
  return `${type} [${shape.join(", ")}]${quantised}`
}
