import type {PageData} from "../../src/report/data.ts"

/** A page's data with plausible numbers: the tests look at how they are drawn, not at what they are. */
export const fixture: PageData = {
  tool: "tlast 0.0.0",
  title: "28x28 pixels to 10 scores: conv 16@5x5, max pool 4x4, dense 10. One element a clock at 100 MHz on a PYNQ-Z2.",
  summary: {
    network: "digits16",
    accuracy: {float: 98.07, quantised: 98.05, images: 10_000},
    rtl: [
      {simulator: "embedded", images: 10_000, mismatches: 0, cyclesPerImage: 784, latencyCycles: 97},
      {simulator: "verilator", images: 1000, mismatches: 0, cyclesPerImage: 784, latencyCycles: 97},
    ],
    predicted: {cyclesPerImage: 784, latencyCycles: 97, lut: 4120, ff: 5302, dsp: 10, bram36: 2.5},
    resources: {lut: 4064, ff: 5466, dsp: 10, bram36: 2.5, device: "xc7z020clg400-1", source: "yosys 0.55 (embedded)"},
    throughput: {clockHz: 100e6, imagesPerSecond: 127_551},
    software: [
      {engine: "tlast", imagesPerSecond: 3410},
      {engine: "litert", imagesPerSecond: 30_412},
    ],
  },
  pipeline: {
    limit: "The input stream sets the pace: 784 clocks an image.",
    blocks: [
      {name: "axis_skid", what: "s_axis", how: "2 entries", kind: "stream"},
      {name: "image_feeder", what: "one credit an image", how: "4 credits", kind: "stream"},
      {name: "window", what: "5x5 of 28x28", how: "117 registers", kind: "buffer"},
      {name: "conv1", what: "conv2d 16 @ 5x5", how: "constant, 271 adders", kind: "linear"},
      {name: "requantise", what: "s20.15 to u8.4, relu", how: "saturates", kind: "pool"},
      {name: "pool1", what: "max 4x4", how: "one row", kind: "pool"},
      {name: "dense1", what: "576 to 10", how: "folded, 10 PE, ROM", kind: "linear"},
      {name: "result_out", what: "m_axis", how: "4 images", kind: "stream"},
    ],
    edges: [
      {width: "8 b", rate: "784 / image"},
      {width: "8 b", rate: "784 / image"},
      {width: "8 b", rate: "784 / image"},
      {width: "25 x 8 b", rate: "576 / image"},
      {width: "16 x 20 b", rate: "576 / image"},
      {width: "16 x 8 b", rate: "576 / image"},
      {width: "16 x 8 b", rate: "36 / image", depth: 3},
      {width: "10 x 24 b", rate: "1 / image"},
      {width: "32 b", rate: "10 / image"},
    ],
  },
  timing: {
    interval: 784,
    lastInput: 783,
    firstResult: 880,
    clockHz: 100e6,
    provenance: "simulated",
    rows: [
      {name: "s_axis", first: 0, last: 783},
      {name: "window", first: 2, last: 785},
      {name: "conv1", first: 118, last: 795},
      {name: "pool1", first: 210, last: 800},
      {name: "dense1", first: 214, last: 872},
      {name: "m_axis", first: 880, last: 889},
    ],
  },
  accuracy: {
    float: 98.07,
    quantised: 98.05,
    images: 10_000,
    confusion: Array.from({length: 10}, (_, label) =>
      Array.from({length: 10}, (_, read) =>
        label === read ? 975 + label : (label * 7 + read * 3) % 5 === 0 ? (label + read) % 8 : 0,
      ),
    ),
    shape: {height: 28, width: 28, channels: 1},
    misreadCount: 195,
    misread: Array.from({length: 30}, (_, index) => ({
      index: index * 37,
      label: index % 10,
      read: (index + 3) % 10,
      pixels: Uint8Array.from({length: 784}, (_, p) =>
        ((p % 28) - 14) ** 2 + (Math.floor(p / 28) - 14) ** 2 < 90 + index ? 230 : 0,
      ),
    })),
  },
  weights: ["conv1", "dense1"].map((layer, k) => ({
    layer,
    format: "s8.7",
    count: k === 0 ? 400 : 5760,
    low: -1,
    step: 1 / 64,
    before: Array.from({length: 128}, (_, bin) => Math.round(120 * Math.exp(-(((bin - 64) / (9 + 12 * k)) ** 2)))),
    after: Array.from({length: 128}, (_, bin) =>
      Math.round(118 * Math.exp(-(((bin - 64) / (9 + 12 * k)) ** 2)) + (bin % 3)),
    ),
  })),
  device: {
    name: "XC7Z020",
    title: "PYNQ-Z2, xc7z020clg400-1",
    capacity: {lut: 53_200, ff: 106_400, dsp: 220, bram36: 140},
    used: {lut: 4064, ff: 5466, dsp: 10, bram36: 2.5},
    predicted: {lut: 4120, ff: 5302, dsp: 10, bram36: 2.5},
  },
  choices: {
    capacity: 53_200,
    plans: [
      {lanes: 1, interval: 12_544, imagesPerSecond: 7971, lut: 2448, fits: true, built: false},
      {lanes: 1, interval: 784, imagesPerSecond: 127_551, lut: 4120, fits: true, built: true},
      {lanes: 8, interval: 98, imagesPerSecond: 1_020_408, lut: 63_000, fits: false, built: false},
    ],
  },
  checks: [
    {what: "RTL equals the integer definition", result: "100,000 of 100,000 words of 10,000 images", state: "passed"},
    {what: "Same words under every stall schedule", result: "12 schedules x 300 images", state: "passed"},
    {what: "Vivado place and route", result: "needs Vivado, which was not here", state: "not run"},
  ],
  files: [
    {path: "rtl", what: "the accelerator, SystemVerilog with a Verilog top"},
    {path: "model.int8.tflite", what: "the 8-bit network for LiteRT"},
  ],
}
