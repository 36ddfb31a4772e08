import type {Verb} from "../verb.ts"
import {build, demo} from "./build.ts"
import {init} from "./init.ts"
import {inspect} from "./inspect.ts"
import {packageVerb} from "./package.ts"
import {stageVerb} from "./stages.ts"

/** In the order of `tlast --help`. */
export const verbs: readonly Verb[] = [
  demo,
  init,
  inspect,
  build,
  stageVerb("train", "train", "train the network in float32"),
  stageVerb("quantize", "quantize", "turn it into integers, and say what that costs"),
  stageVerb("export", "export", "write model.tflite and model.int8.tflite"),
  stageVerb("golden", "golden", "run the integer reference over the test images"),
  stageVerb("plan", "plan", "choose the architecture: clocks, resources, whether it fits", ["estimate"]),
  packageVerb,
]
