import {expect, test} from "vitest"
import {emit} from "../../src/emit/emit.ts"
import {nodeHost} from "../../src/host/node.ts"
import {plan} from "../../src/plan/make.ts"
import {imagesOf, networkOf} from "../../src/verify/network-of.ts"
import type {Recipe} from "../../src/verify/recipe.ts"
import {verify} from "../../src/verify/verify.ts"
import {add, conv, dense, output} from "./recipes.ts"
import {sources} from "./run.ts"

const same = {padding: "same"} as const
const recipe: Recipe = {
  seed: 5,
  input: {shape: {height: 6, width: 6, channels: 1}, bits: 8, signed: false},
  layers: [
    conv(2, 3),
    conv(2, 3, {...same, engine: "constant"}),
    add(1),
    {kind: "avgPool2d", size: [2, 2], output: output()},
    dense(3),
  ],
  lanes: 1,
}

const faults: [layer: string, file: string, from: string, to: string][] = [
  ["layer1", "pad.sv", "else       out_q <= '0", "else       out_q <= '1"],
  ["layer2", "add.sv", "+ (SUM_W'(right)", "- (SUM_W'(right)"],
  ["layer3", "mean.sv", "x_q <= x;", "x_q <= x + 1'b1;"],
]
test.each(faults)("verify says that %s is the first to differ where %s is wrong", async (layer, file, from, to) => {
  const network = networkOf(recipe)
  const made = plan(network, {layers: {layer1: {engine: "constant"}}}).plan
  const design = emit(network, made, sources)
  const text = design.files[file] ?? ""
  expect(text).toContain(from)
  const {report} = await verify(
    {
      network,
      design: {...design, files: {...design.files, [file]: text.replace(from, to)}},
      stream: {lanes: made.lanes, ...made.stream.input},
      elements: imagesOf(recipe, 4),
    },
    {
      host: nodeHost(),
      out: "build/test-rtl",
      simulators: [{name: "embedded"}],
      stallImages: 0,
      malformed: false,
      worker: false,
    },
  )
  expect(report.ok).toBe(false)
  expect(report.first?.layer).toBe(layer)
})
