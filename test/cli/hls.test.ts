import {expect, test} from "vitest"
import {nodeHost} from "../../src/host/node.ts"
import {cli} from "./cli.ts"
import {tinyProject} from "./tiny.ts"

test("--backend hls without a C++ compiler ends with 3 and how to get one", {timeout: 300_000}, async () => {
  const host = nodeHost()
  const bare = {...host, which: async (name: string) => (name.endsWith("++") ? undefined : host.which(name))}
  const {exitCode, err} = await cli(["verify", ...tinyProject().args, "--backend", "hls"], {host: bare})
  expect(err).toMatch(/found no C\+\+ compiler[\s\S]*apt install g\+\+[\s\S]*\[CXX_MISSING\]/)
  expect(exitCode).toBe(3)
})
