import {mkdtempSync, writeFileSync} from "node:fs"
import {tmpdir} from "node:os"
import {join} from "node:path"
import {expect, test} from "vitest"
import {loadConfig} from "../../src/config/load.ts"
import {configKeys, parseConfig} from "../../src/config/schema.ts"
import {template} from "../../src/config/template.ts"
import {nodeHost} from "../../src/host/node.ts"

const {files} = nodeHost()
const folder = mkdtempSync(join(tmpdir(), "tlast-config-"))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

test("a TypeScript configuration is loaded, with its types", async () => {
  const path = file("typed.ts", 'const lanes: number = 4\nexport default {lanes, board: "pynq-z1" as const}\n')
  expect(await loadConfig(files, path)).toEqual({lanes: 4, board: "pynq-z1"})
})

test("a JSON configuration is loaded", async () => {
  expect(await loadConfig(files, file("a.json", '{"lanes": 2}'))).toEqual({lanes: 2})
})

test("broken JSON is refused with the file", async () => {
  await expect(loadConfig(files, file("b.json", '{"lanes": 2,}'))).rejects.toThrow(/b\.json: not valid JSON/)
})

test("an unknown key is refused with the file and the nearest key", async () => {
  await expect(loadConfig(files, file("c.json", '{"lane": 2}'))).rejects.toThrow(
    /c\.json: unknown key "lane"\n.*"lanes"/,
  )
})

test("a file that throws is refused with what it threw", async () => {
  await expect(loadConfig(files, file("d.ts", 'throw new Error("no luck")'))).rejects.toThrow(/d\.ts: no luck/)
})

test("a missing file and an unknown kind of file are refused", async () => {
  await expect(loadConfig(files, join(folder, "none.ts"))).rejects.toMatchObject({code: "FILE_NOT_FOUND"})
  await expect(loadConfig(files, file("e.yaml", "lanes: 2"))).rejects.toMatchObject({code: "CONFIG_SYNTAX"})
})

test("what `tlast init` writes is a good configuration, and shows every key", async () => {
  const config = await loadConfig(files, file("tlast.config.ts", template))
  expect(parseConfig(config, "template")).toEqual(config)
  for (const key of configKeys) expect(template).toMatch(new RegExp(`\\b${key.split(".").pop()}\\b`))
})

test("an error in the network of a configuration is the network's own, not a wrapped one", async () => {
  const text =
    'import {dense, network} from "tlast"\nexport default {network: network("n", {height: 2, width: 2, channels: 1}, [dense({units: 2})])}\n'
  await expect(loadConfig(files, file("f.ts", text))).rejects.toMatchObject({problem: {code: "SHAPE_MISMATCH"}})
})
