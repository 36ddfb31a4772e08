// `npm run demo`: from a bare clone to the finished demo. Words after `--` go to `tlast demo`.
import {join} from "node:path"
import {ensureBuild, ensureModules, root, run} from "./setup.mjs"

ensureModules()
ensureBuild()
process.exitCode = run(process.execPath, [join(root, "dist", "cli", "main.js"), "demo", ...process.argv.slice(2)])
