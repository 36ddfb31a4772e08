import {existsSync, readdirSync, readFileSync} from "node:fs"
import {dirname, join, normalize} from "node:path"
import {expect, test} from "vitest"
import {errorsPage} from "../tools/errors.mjs"
import {root} from "./tools.ts"

const read = (path: string): string => readFileSync(join(root, path), "utf8")

test("docs/errors.md lists every error code (`node tools/errors.mjs` writes it)", () => {
  expect(read("docs/errors.md")).toBe(errorsPage())
})

test.each(["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/guide/README.md"])(
  "links of %s lead somewhere",
  (page) => {
    const links = [...read(page).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link]) => link ?? "")
    const dead = links.filter(
      (link) => !/^https?:/.test(link) && !existsSync(join(root, normalize(join(dirname(page), link)))),
    )
    expect(dead).toEqual([])
  },
)

test("docs/hardware.md has a row for every module of rtl/", () => {
  const table = read("docs/hardware.md").split("## ")[0] ?? ""
  const named = [...table.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell]) =>
    [...(cell ?? "").matchAll(/`([a-z_]+)`/g)].map(([, name]) => `${name}.sv`),
  )
  expect(named.sort()).toEqual(readdirSync(join(root, "rtl")).sort())
})

test("the version in the sources is the package's", () => {
  const {version} = JSON.parse(read("package.json")) as {version: string}
  expect(read("src/pipeline/version.ts")).toContain(`"${version}"`)
})
