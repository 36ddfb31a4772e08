export {Accelerator} from "./board/accelerator.ts"
export {connectBoard, connectBoard as connect} from "./board/connect.ts"
export {type ConnectOptions, DmaDriver, type Exchange, type RemoteBoard, type RemoteBuffer} from "./board/driver.ts"
export {type Installed, readInstalled} from "./board/installed.ts"
export {type Config, defineConfig} from "./config/schema.ts"
export {type Data, type Dataset, loadData} from "./data/data.ts"
export {readIdx} from "./data/idx.ts"
export {emit} from "./emit/emit.ts"
export {emitHls, type HlsProject} from "./emit/hls.ts"
export {hlsOptions} from "./emit/hls-options.ts"
export {type Problem, TlastError} from "./errors.ts"
export {exportFloat} from "./export/float.ts"
export {exportInt8} from "./export/int8.ts"
export {type Answer, PacketCore} from "./golden/packets.ts"
export {type GoldenResult, logits8, runGolden, traceGolden} from "./golden/run.ts"
export type {Design, Resources} from "./graph/design.ts"
export type {NumberFormat, Overflow, Rounding} from "./graph/format.ts"
export type {IntegerNetwork} from "./graph/integer.ts"
export {
  floatModelFromJson,
  floatModelToJson,
  integerNetworkFromJson,
  integerNetworkToJson,
} from "./graph/json.ts"
export {
  add,
  avgPool2d,
  batchNorm,
  conv2d,
  dense,
  depthwiseConv2d,
  dropout,
  flatten,
  globalAvgPool2d,
  maxPool2d,
  network,
  relu,
} from "./graph/layers.ts"
export type {FloatModel, Network} from "./graph/network.ts"
export {type Fault, type Header, type Loadable, type LoadTarget, loadTargets} from "./graph/packets.ts"
export type {Host} from "./host/host.ts"
export {nodeHost} from "./host/node.ts"
export {type Answers, fileAnswers} from "./import/answers.ts"
export {type InspectReport, importTflite, inspect} from "./import/tflite.ts"
export {readLibrary} from "./pipeline/library.ts"
export {type FileMeasurement, measureFile, type WeightGrid, weightGrid} from "./pipeline/measure.ts"
export {type Outputs, openOutputs} from "./pipeline/outputs.ts"
export {type BuildOptions, type BuildResult, runBuild, type StageEvent} from "./pipeline/run.ts"
export {type Settings, settingsOf} from "./pipeline/settings.ts"
export {defaultHlsOptions, type HlsOptions} from "./plan/hls/options.ts"
export {plan} from "./plan/make.ts"
export type {PlanOptions, PlanReport} from "./plan/options.ts"
export type {Plan} from "./plan/plan.ts"
export type {Progress, Watch} from "./progress.ts"
export {type Quantized, type QuantizeOptions, quantize} from "./quantize/quantize.ts"
export {type QuantizeReport, toElements} from "./quantize/report.ts"
export type {Summary} from "./report/summary.ts"
export {type CompileOptions, compile} from "./simulate/embedded/compile.ts"
export {type Simulation, simulate} from "./simulate/embedded/simulation.ts"
export {type SynthesizeOptions, type SynthesizeReport, synthesize} from "./synthesize/run.ts"
export {type TrainInput, type TrainOptions, type TrainReport, train} from "./train/train.ts"
export {type HlsReport, readHlsLibrary, type VerifyHlsInput, verifyHls} from "./verify/hls.ts"
export {type VerifyInput, type VerifyOptions, type VerifyReport, verify} from "./verify/verify.ts"
export {blankNetwork} from "./weights/blank.ts"
export {checkEcho, executePacket, type LoadPacket, loadPackets, readResults} from "./weights/pack.ts"
