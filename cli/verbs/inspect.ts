import {TlastError} from "../../src/errors.ts"
import {type InspectReport, type InspectTensor, inspect as inspectFile} from "../../src/import/tflite.ts"
import {table} from "../../src/report/table.ts"
import type {Verb} from "../verb.ts"

export const inspect: Verb = {
  name: "inspect",
  summary: "what a model file holds, and what tlast makes of each part",
  args: ["<FILE>"],
  plain: true,
  async run({host, args, say}) {
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
    const report = inspectFile(bytes)
    for (const line of inspectText(file, report)) say(line)
    return {report, exitCode: report.verdict === "unsupported" ? 1 : 0}
  },
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
    ...report.operators.flatMap(({index, inputs}) =>
      inputs.flatMap(({name, rewritten}) => (rewritten === undefined ? [] : [`${index} ${name}: ${rewritten}`])),
    ),
  ]
}

function tensor({shape, type, scale, zeroPoint}: InspectTensor): string {
  const span = ([low, high]: readonly [number, number]) => (low === high ? `${low}` : `${low}..${high}`)
  const quantised = scale === undefined ? "" : ` scale ${span(scale)} zero ${span(zeroPoint ?? [0, 0])}`
  return `${type} [${shape.join(", ")}]${quantised}`
}
