import type {AcceleratorFile} from "./python.ts"

interface Cell {
  readonly kind: "markdown" | "code"
  readonly source: string
}

const text = (source: string): Cell => ({kind: "markdown", source})
const code = (source: string): Cell => ({kind: "code", source})

/** A notebook (nbformat 4.5, no outputs) that runs top to bottom in the package's folder on the board. */
export function emitNotebook(accelerator: AcceleratorFile, images: number): string {
  const cells = notebookCells(accelerator, images)
  const notebook = {
    cells: cells.map(({kind, source}, index) => ({
      cell_type: kind,
      id: `cell-${String(index).padStart(2, "0")}`,
      metadata: {},
      source: source.split(/(?<=\n)/),
      ...(kind === "code" ? {execution_count: null, outputs: []} : {}),
    })),
    metadata: {
      kernelspec: {display_name: "Python 3", language: "python", name: "python3"},
      language_info: {name: "python"},
    },
    nbformat: 4,
    nbformat_minor: 5,
  }
  return `${JSON.stringify(notebook, null, 1)}\n`
}

function notebookCells(
  {name, stem, board, clock_mhz, input, cycles}: AcceleratorFile,
  images: number,
): readonly Cell[] {
  const shape = `${input.height}x${input.width}x${input.channels}`
  return [
    text(`# ${name} on the fabric, and on the processor beside it

The same network twice: as \`model.tflite\` on the ARM cores, and as the accelerator \`${stem}\` on ${board}
(${cycles.interval} clock cycles an image at ${clock_mhz} MHz). ${images} test images of ${shape} through both.

Run all cells. The folder must hold \`${stem}.bit\` and \`${stem}.hwh\` from Vivado (\`build.tcl\`).`),
    code(`import time

import matplotlib.pyplot as plt
import numpy as np

images = np.load("test_images.npy")
labels = np.load("test_labels.npy")
print(len(images), "images,", images.shape[1:], images.dtype)`),
    text("## On the processor"),
    code(`try:
    from tflite_runtime.interpreter import Interpreter
except ImportError:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        from tensorflow.lite import Interpreter

interpreter = Interpreter("model.tflite")
interpreter.allocate_tensors()
model_input = interpreter.get_input_details()[0]
model_output = interpreter.get_output_details()[0]


def on_processor(image):
    # The network was trained on pixel / 256.
    data = image.reshape(model_input["shape"]).astype(np.float32) / 256
    interpreter.set_tensor(model_input["index"], data)
    interpreter.invoke()
    return interpreter.get_tensor(model_output["index"])[0]


started = time.perf_counter()
processor = np.array([on_processor(image) for image in images])
processor_time = time.perf_counter() - started
processor_classes = processor.argmax(axis=1)
print("%d images in %.2f s" % (len(images), processor_time))`),
    text(`## On the fabric

\`Accelerator\` loads the bitstream, sets the clock, resets the DMA and runs the self-test vectors of the package: if this cell ends
without an error, every bit of them was right.`),
    code(`from tlast_pynq import Accelerator

accelerator = Accelerator(".", capacity=max(1, len(images)))`),
    code(`results, profile = accelerator.predict(images, profile=True)
fabric_classes = accelerator.classify(images)
print(profile)`),
    text("## The three lines"),
    code(`print("Processor time: %9.3f ms" % (processor_time * 1e3))
print("FPGA time:      %9.3f ms" % (profile.total * 1e3))
print("Acceleration:   %9.1f x" % (processor_time / profile.total))`),
    text(`## Accuracy, and where they differ

The fabric computes with small integers, the processor with floats: a few images near a border fall on the other side.`),
    code(`print("Processor: %.2f %%" % (100 * np.mean(processor_classes == labels)))
print("FPGA:      %.2f %%" % (100 * np.mean(fabric_classes == labels)))
differ = np.flatnonzero(processor_classes != fabric_classes)
print(len(differ), "images differ:", differ[:20].tolist())`),
    code(`shown = differ[:8] if len(differ) else np.arange(min(8, len(images)))
figure, axes = plt.subplots(1, len(shown), figsize=(1.6 * len(shown), 2.2), squeeze=False)
for axis, index in zip(axes[0], shown):
    axis.imshow(np.squeeze(images[index]), cmap="gray")
    axis.set_title("is %d\\nCPU %d, FPGA %d" % (labels[index], processor_classes[index], fabric_classes[index]), fontsize=8)
    axis.axis("off")
plt.show()`),
    text(`## Time by batch

One call costs Python and DMA set-up, whatever the batch; from some hundred images on, only the hardware counts.`),
    code(`batches = [n for n in (1, 10, 100, 1000, 10000) if n <= len(images)]
each = []
for n in batches:
    rounds = max(3, min(50, 1000 // n))
    runs = [accelerator.predict(images[:n], profile=True)[1].total / n for _ in range(rounds)]
    each.append(np.median(runs) * 1e6)
    print("batch %5d: %8.2f us an image" % (n, each[-1]))

plt.loglog(batches, each, "o-", label="measured")
hardware = accelerator.description["cycles"]["interval"] / accelerator.description["clock_mhz"]
plt.axhline(hardware, linestyle="--", label="hardware alone: %.2f us" % hardware)
plt.xlabel("images a call")
plt.ylabel("microseconds an image")
plt.legend()
plt.show()`),
    ...(input.channels === 1 ? drawn : []),
    code(`accelerator.close()`),
  ]
}

const drawn: readonly Cell[] = [
  text("## A digit of your own\n\nChange the strokes: points from (0, 0), top left, to (1, 1), bottom right."),
  code(`strokes = [[(0.3, 0.2), (0.7, 0.2), (0.45, 0.85)]]

height, width = images.shape[1:3]
rows, columns = np.mgrid[0:height, 0:width]
distance = np.full((height, width), np.inf)
for stroke in strokes:
    for (x0, y0), (x1, y1) in zip(stroke, stroke[1:]):
        for t in np.linspace(0, 1, 60):
            x, y = (x0 + t * (x1 - x0)) * (width - 1), (y0 + t * (y1 - y0)) * (height - 1)
            distance = np.minimum(distance, np.hypot(columns - x, rows - y))
mine = np.clip(255 * (2.2 - distance), 0, 255).astype(np.uint8)

scores = accelerator.predict(mine)[0]
figure, (left, right) = plt.subplots(1, 2, figsize=(7, 2.6))
left.imshow(mine, cmap="gray")
left.axis("off")
right.bar(range(len(scores)), scores)
right.set_title("fabric says %d" % accelerator.classify(mine)[0])
plt.show()`),
]
