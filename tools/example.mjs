// `npm run example:<name>`: examples/<name>/main.ts against the compiled package. Words after `--` go to it.
import {join} from "node:path"
import {ensureBuild, ensureModules, root, run, stop} from "./setup.mjs"

const [name = "", ...words] = process.argv.slice(2)
ensureModules()
if (!ensureBuild()) stop("compiling tlast failed", "the compiler's messages are above", 70)
const jiti = join(root, "node_modules", "jiti", "lib", "jiti-cli.mjs")
process.exitCode = run(process.execPath, [jiti, join(root, "examples", name, "main.ts"), ...words])
