// `npm run build`: dist/ from the sources, with the hashes of those sources beside it.
import {ensureBuild, stop} from "./setup.mjs"

if (!ensureBuild()) stop("compiling tlast failed", "the compiler's messages are above", 70)
