// `npm run demo`: from a bare clone to the finished demo. Words after `--` go to `tlast demo`.
import {join} from "node:path"
import {ensureBuild, ensureModules, root, run, stop} from "./setup.mjs"

ensureModules()
if (!ensureBuild()) stop("compiling tlast failed", "the compiler's messages are above", 70)
process.exitCode = run(process.execPath, [join(root, "dist", "cli", "main.js"), "demo", ...process.argv.slice(2)])
