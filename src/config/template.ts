import {defaults} from "./schema.ts"

/** The commented tlast.config.ts that `tlast init` writes: every key, with its default or an example. */
export const template = `import {conv2d, defineConfig, dense, dropout, flatten, maxPool2d, network, relu} from "tlast"

// A network of your own. Shapes are worked out and checked here; an error names the layer and what would fit.
const digits = network("digits", {height: 28, width: 28, channels: 1}, [
  conv2d({filters: 16, kernel: 5}),
  relu(),
  maxPool2d({size: 4}),
  flatten(),
  dropout(0.3), // only while training
  dense({units: 10}), // the last layer: one score a class
])

// Every key may be left out. Flags of the same name override them: \`tlast build --clock 120\`.
export default defineConfig({
  network: digits, // or a name ("${defaults.network}"), or a model file
  data: "${defaults.data}", // or a folder with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-..., gzipped or not
  seed: ${defaults.seed}, // the same seed gives the same bytes

  train: {
    epochs: 10, // passes over the training images
    batch: 128, // images a step
    rate: 0.004, // of learning, at its highest
    heldOut: 5000, // training images on which every choice is made
    augment: true, // turn, scale, shear and shift the training images a little
    // ema: 0.998, // keep an average of the parameters over the steps
    // patience: 5, // stop after so many epochs that were no better
    // teacher: "build/bigger/model.json", // learn from another model's answers too
    // teacherShare: 0.5, // of the loss; temperature: 2, // softens the answers
  },
  quantize: {
    weightBits: 8, // 1..8 (1 is -1 or +1), or by layer: {conv1: 4, default: 8}
    activationBits: 8, // 1..8
    inputBits: 8, // 1..8 bits of a pixel
    perChannel: false, // a weight scale of its own for every output channel
    // weightFraction: 7, // the same for all weights (1+7 fixed point) instead of the best for each layer
    overflow: "saturate", // or "wrap"
    // rounding: "tflite", // or half-up, half-even, floor; by default tflite where weights and activations have 8 bits
    fineTuneEpochs: 0, // quantisation-aware training after quantising: worth it below 8 bits
    // fineTuneRate: 0.001, // of learning, at its highest
    // cheapConstants: 1, // draws weights to cheap ones, of few nonzero signed digits: fewer LUTs
    // prune: 0.5, // share of each layer's weights, the smallest, that becomes zero
    // teacher: "float", // while fine-tuning: the float model, or a bigger model's file
  },

  search: {
    // \`tlast search\` weighs topologies and bits; with a network above, its bits alone
    accuracy: 99, // percent of the images held out, to reach with the fewest LUTs
    filters: [[4], [8], [4, 8], [8, 16]], // of each convolution
    kernels: [3, 5],
    bits: [
      {weights: 8, activations: 8, pixels: 8},
      {weights: 4, middle: 2, activations: 4, pixels: 4}, // middle: weights of all layers but the first and the last
    ],
  },

  board: "${defaults.board}", // what it has to fit on
  clockMhz: ${defaults.clockMhz}, // the fabric's clock
  lanes: 1, // elements a clock on s_axis
  // imagesPerSecond: 100_000, // instead of lanes: the rate to reach
  // target: "fastest", // that fits, or "smallest", instead of lanes
  // layers: {dense1: {engine: "folded", pe: 10, simd: 1}}, // what the planner would choose, chosen by you
  weights: "${defaults.weights}", // or "loadable": sent over the stream
  packets: "${defaults.packets}", // whole images; or "header": the seven-word protocol
  // output: "class", // send the number of the largest result instead of all
  // results: 32, // bits of a result of header packets, instead of 16
  arithmetic: "${defaults.arithmetic}", // or "hls-2020": bit for bit the known HLS design
  // weightScale: 128, // integer weights = imported float weights x this
  backend: "${defaults.backend}", // SystemVerilog; or "hls": C++
  // simulator: "verilator", // instead of the embedded one
  // images: 1000, // of the test set; all by default
  // out: "build/digits",
})
`
