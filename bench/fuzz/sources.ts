import {readdirSync} from "node:fs"
import {join} from "node:path"

/** What a result of the fuzzer depends on: every source under src/ and rtl/, and what runs LiteRT; sorted. */
export const sourceFiles = (root: string): readonly string[] =>
  ["src", "rtl", "test/export"]
    .flatMap((folder) =>
      readdirSync(join(root, folder), {recursive: true, encoding: "utf8"}).map((name) => `${folder}/${name}`),
    )
    .filter((name) => /\.(ts|sv|v|py)$/.test(name))
    .sort()
