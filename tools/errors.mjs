// `node tools/errors.mjs`: writes docs/errors.md, every error code with where it is raised. A test holds it current.
import {readdirSync, readFileSync, writeFileSync} from "node:fs"
import {join} from "node:path"
import {fileURLToPath} from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

const head = `# Errors

Every error says where it is, what was found, what was expected, and what to change:

    error: --clock: 100000000 found
      clocks are in MHz: 100 where 100000000 Hz is meant
      [FLAG_VALUE]

| exit code | means |
|---|---|
| 0 | all went well |
| 1 | a check failed: a mismatch, or it does not fit |
| 2 | bad input: a file, an option, a network |
| 3 | a tool is missing |
| 4 | the machine failed: disk, memory, network |
| 70 | a bug of tlast's: please report it with what it printed |
| 130 | interrupted; the same command goes on from there |

In the API the same is a \`TlastError\` with \`code\`, \`exitCode\` and \`problem: {where, message, hint}\`.

The codes, and the files that raise them:

| code | raised in |
|---|---|
`

/** docs/errors.md as it should be. */
export function errorsPage() {
  const found = new Map()
  for (const folder of ["src", "cli", "models"]) {
    for (const path of readdirSync(join(root, folder), {recursive: true}).sort()) {
      if (!path.endsWith(".ts")) continue
      const text = readFileSync(join(root, folder, path), "utf8")
      for (const [, code] of text.matchAll(
        /(?:\bcode:\s|\bcode\s=\s|\bcode:\s\w+\s\?\s|Error\()"([A-Z][A-Z0-9_]+)"/g,
      )) {
        found.set(code, (found.get(code) ?? new Set()).add(`${folder}/${path.replaceAll("\\", "/")}`))
      }
    }
  }
  const rows = [...found].sort(([a], [b]) => (a < b ? -1 : 1))
  return head + rows.map(([code, files]) => `| ${code} | ${[...files].join(", ")} |\n`).join("")
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(join(root, "docs", "errors.md"), errorsPage())
