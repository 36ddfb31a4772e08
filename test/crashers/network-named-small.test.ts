import {readFileSync} from "node:fs"
import {expect, test} from "vitest"
import {emit, library} from "../../src/emit/emit.ts"
import {plan} from "../../src/plan/make.ts"
import {tiny} from "../package/tiny.ts"

// "small" is a charge strength in Verilog: the emitted `module small (` was a syntax error in Icarus.
test("a network named by a word of Verilog gets a top that is none", () => {
  const read = (name: string) => readFileSync(new URL(`../../rtl/${name}`, import.meta.url), "utf8")
  const sources = Object.fromEntries(library.map((name) => [name, read(name)]))
  const top = (name: string) => {
    const network = {...tiny(3), name}
    const {top, files} = emit(network, plan(network, {lanes: 1}).plan, sources)
    expect(files[`${top}.v`]).toContain(`\nmodule ${top} (`)
    return top
  }
  expect(["small", "table", "Small", "digits16"].map(top)).toEqual(["small_top", "table_top", "Small", "digits16"])
})
