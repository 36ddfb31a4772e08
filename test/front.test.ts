import {readFileSync} from "node:fs"
import {join} from "node:path"
import {describe, expect, test} from "vitest"
import {figure, type Points} from "../bench/front/figure.ts"
import {root} from "./tools.ts"

const points = JSON.parse(readFileSync(join(root, "bench/front/points.json"), "utf8")) as Points

describe("docs/front.svg", () => {
  test("is drawn from bench/front/points.json", () => {
    expect(readFileSync(join(root, "docs/front.svg"), "utf8"), "run npx jiti bench/front/figure.ts").toBe(
      figure(points),
    )
  })

  test("has every point in the table of its sources, with its LUTs", () => {
    const readme = readFileSync(join(root, "bench/front/README.md"), "utf8")
    for (const {name, lut} of [...points.ours, ...points.published]) {
      const row = readme.split("\n").find((line) => line.startsWith("|") && line.includes(lut.toLocaleString("en")))
      expect(row, name).toBeDefined()
    }
  })

  test("draws no line through a point that another beats", () => {
    const ours = [
      {name: "small", accuracy: 98, lut: 1000},
      {name: "beaten", accuracy: 97, lut: 2000},
      {name: "large", accuracy: 99, lut: 4000},
    ]
    const line = figure({ours, published: []}).match(/class="front" d="([^"]*)"/)?.[1] ?? ""
    expect(line.split("L")).toHaveLength(2)
  })

  test("refuses a point outside", () => {
    expect(() => figure({ours: [{name: "far", accuracy: 99, lut: 1e6}], published: []})).toThrow("far lies outside")
  })
})
