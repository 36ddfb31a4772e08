import {mkdtempSync, readFileSync, rmSync, writeFileSync} from "node:fs"
import {join} from "node:path"
import {createJiti} from "jiti"
import {describe, expect, test} from "vitest"
import {names} from "../models/index.ts"
import type {Network} from "../src/graph/network.ts"
import {root} from "./tools.ts"

const page = readFileSync(join(root, "docs/guide/layers.md"), "utf8")

describe("docs/guide/layers.md", () => {
  test("its snippets run, and give the networks that they show", async () => {
    const snippets = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, text = ""]) => text)
    expect(snippets.length).toBeGreaterThan(0)
    const folder = mkdtempSync(join(root, "test/snippet-"))
    try {
      for (const [index, text] of snippets.entries()) {
        const file = join(folder, `${index}.ts`)
        writeFileSync(file, text.replaceAll('"tlast"', JSON.stringify(join(root, "src/graph/layers.ts"))))
        const made = await createJiti(import.meta.url).import<Record<string, Network>>(file)
        for (const network of Object.values(made)) expect(network.layers.length).toBeGreaterThan(1)
      }
    } finally {
      rmSync(folder, {recursive: true})
    }
  })

  test("names every network that comes with tlast, and every layer", () => {
    for (const name of names) expect(page, name).toContain(`\`${name}\``)
    const builders = readFileSync(join(root, "src/graph/layers.ts"), "utf8").matchAll(
      /^export \{(.*?)\} from "\.\/kinds/gm,
    )
    const layers = [...builders].flatMap(([, list = ""]) => list.split(", ")).filter((name) => /^[a-z]/.test(name))
    expect(layers.length).toBeGreaterThan(9)
    for (const name of layers) expect(page, name).toContain(`\`${name}\``)
  })
})
