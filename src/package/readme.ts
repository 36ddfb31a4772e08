import {dmaSettings, mhzText} from "../emit/block-design.ts"
import {notRun, type PackageFacts} from "./manifest.ts"

/** README.md of a package: from zip to first prediction, and what a newcomer looks for. */
export function readme({accelerator, block, board, checks, version, images, hls}: PackageFacts): string {
  const {name, stem, clock_mhz, cycles, input, output} = accelerator
  const perImage = cycles.interval / clock_mhz
  const unrun = notRun(hls)
  const first = hls
    ? "in `hls/`, `vitis_hls -f run_hls.tcl` (2024.2 and later: `vitis-run --mode hls --tcl run_hls.tcl`): it exports the IP. Then, here, "
    : ""
  return `# ${name} for ${board.title}

Made by tlast ${version} from the model with SHA-256 \`${accelerator.model_sha256}\`.

**Not run by its makers:**

${unrun.map((item) => `- ${item}`).join("\n")}

If you are the first, \`docs/board/first-run.md\` of tlast is your checklist.

## From here to a prediction

1. On a computer with Vivado 2020.2 to 2024.x: ${first}\`vivado -mode batch -source build.tcl\`. It leaves \`${stem}.bit\`, \`.hwh\` and \`.xsa\`
   here, or stops with one sentence (a missing file, an implementation that failed, timing not met).
2. Copy this folder to the board (\`scp -r . xilinx@192.168.2.99:jupyter_notebooks/${name}\`).
3. Open \`${name}.ipynb\` and run all cells; or:

\`\`\`python
from tlast_pynq import Accelerator
accelerator = Accelerator(".")          # loads, sets the clock, runs the self-test
results = accelerator.predict(images)   # uint8 images in; int32 (images, ${output.count}) out
classes = accelerator.classify(images)
\`\`\`

## The block design

![block design](block_design.svg)

| | |
|---|---|
| part | ${block.part} |
| clock | FCLK_CLK0, ${mhzText(block.clock.mhz)} MHz${block.clock.mhz < block.clock.requestedMhz - 1e-3 ? ` (asked: ${block.clock.requestedMhz}; the PS divides 1000 MHz by whole numbers)` : ""} |
| input | s_axis, ${block.streamBits.input} bit: ${input.height}x${input.width}x${input.channels} elements, ${input.bytes} bytes an image |
| output | m_axis, ${block.streamBits.output} bit: ${output.count} ${output.kind === "class" ? "class" : "logits"} an image, TLAST with the last result of a packet |
| DMA | \`overlay.memory.axi_dma_0\`, registers at 0x40400000 |
| pace | ${cycles.interval} cycles an image = ${perImage.toFixed(2)} us${hls ? ", predicted from the steps of the slowest C++ loop" : `; ${cycles.latency} cycles from an image's last word to its first result`} |

### Settings of the DMA

| CONFIG | value | why |
|---|---|---|
${dmaSettings(block.streamBits.input)
  .map(({name: setting, value, why}) => `| ${setting} | ${value} | ${why} |`)
  .join("\n")}
| c_s_axis_s2mm_tdata_width | ${block.streamBits.output} | follows from the core's m_axis; checked by the script |

## Files

| | |
|---|---|
${
  hls
    ? `| \`hls/\` | the accelerator in C++, its test bench with vectors, and \`run_hls.tcl\`, which exports the IP |
| \`build.tcl\` | the build around that IP |
| \`rtl/\` | the same network in SystemVerilog: what the virtual board runs, not what build.tcl builds |`
    : `| \`build.tcl\`, \`package_ip.tcl\` | the whole build; the core alone as an IP |
| \`rtl/\` | the accelerator |`
}
| \`tlast_pynq/\`, \`accelerator.json\` | the driver (PYNQ 2.7 to 4.0), and what it knows of this network |
| \`${name}.ipynb\` | processor against fabric, ${images} images |
| \`model*.tflite\` | the network for the processor |
| \`selftest_*.npy\`, \`test_*.npy\` | vectors with their exact results; the notebook's images and labels |
| \`virtual/${stem}.hwh\` | for software without a board; **not** Vivado's, never copy it beside the .bit |
| \`manifest.json\` | SHA-256 of every file |

## What was checked

${checks.length === 0 ? "Nothing was handed to the packager." : checks.map(({what, result}) => `- ${what}: ${result}`).join("\n")}
${unrun.map((item) => `- not run: ${item}`).join("\n")}
`
}
