import type {Verb} from "../verb.ts"
import {board} from "./board.ts"
import {build, demo} from "./build.ts"
import {estimate} from "./estimate.ts"
import {init} from "./init.ts"
import {inspect} from "./inspect.ts"
import {packageVerb} from "./package.ts"
import {search} from "./search.ts"
import {stageVerb} from "./stages.ts"
import {weights} from "./weights.ts"

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
  estimate,
  search,
  stageVerb("plan", "plan", "choose the architecture: clocks, resources, whether it fits"),
  stageVerb("emit", "emit", "write the accelerator in SystemVerilog"),
  stageVerb("simulate", "simulate", "every image through the RTL, clock by clock"),
  stageVerb("verify", "verify", "stall, break and reset the stream; Verilator too, where it is installed"),
  stageVerb("synth", "synth", "count LUTs, flip-flops, DSPs and BRAMs with Yosys"),
  stageVerb("report", "report", "report/summary.json and report/index.html"),
  weights,
  packageVerb,
  board,
]
