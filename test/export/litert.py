"""Runs .tflite files in LiteRT's reference kernels. Usage: litert.py jobs.json, or litert.py --serve

--serve says "ready VERSION", then reads the path of a jobs.json a line and answers each with a line: "done" or what went wrong.

jobs.json: [{"model": path, "input": path, "images": n, "outputs": {tensor name: path}}]. The input is raw bytes of the
model's input type, n images; every named tensor of every image is written raw, image after image.
"""

import json
import sys
from importlib import metadata

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

BATCH = 100


def run(job):
    interpreter = Interpreter(
        job["model"],
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
        experimental_preserve_all_tensors=True,
    )
    detail = interpreter.get_input_details()[0]
    shape = [int(n) for n in detail["shape"]]
    images = np.fromfile(job["input"], detail["dtype"]).reshape(job["images"], *shape[1:])
    found = {name: [] for name in job["outputs"]}
    for start in range(0, len(images), BATCH):
        part = images[start : start + BATCH]
        interpreter.resize_tensor_input(detail["index"], [len(part), *shape[1:]])
        interpreter.allocate_tensors()
        index = {t["name"]: t["index"] for t in interpreter.get_tensor_details()}
        interpreter.set_tensor(detail["index"], part)
        interpreter.invoke()
        for name, parts in found.items():
            tensor = interpreter.get_tensor(index[name])
            assert tensor.shape[0] == len(part), f"{name} is {tensor.shape}, expected a batch of {len(part)}"
            parts.append(tensor.copy())
    for name, path in job["outputs"].items():
        np.concatenate(found[name]).tofile(path)


def run_all(path):
    with open(path) as file:
        for each in json.load(file):
            run(each)


if sys.argv[1] == "--serve":
    print("ready", metadata.version("ai-edge-litert"), flush=True)
    for line in sys.stdin:
        try:
            run_all(line.strip())
            print("done", flush=True)
        except Exception as error:
            print(f"{type(error).__name__}: {error}".replace("\n", " "), flush=True)
else:
    run_all(sys.argv[1])
