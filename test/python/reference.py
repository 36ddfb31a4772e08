"""A second, independent reading of the integer network in numpy: what the fake board computes.

Written from docs and formulas, not from src/golden; the notebook test compares both through the self-test vectors.
"""

import json

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def load(path):
    """Bytes an image takes on the wire, and the core: bytes of images -> int32 results."""
    with open(path) as file:
        network = json.load(file)
    shape = network["input"]["shape"]
    size = shape["height"] * shape["width"] * shape["channels"]

    def core(data):
        elements = np.frombuffer(data, np.uint8).astype(np.float64)
        images = elements.reshape(-1, shape["height"], shape["width"], shape["channels"])
        parts = [run(network, images[i : i + 500]) for i in range(0, len(images), 500)]
        return np.concatenate(parts).reshape(-1)

    return size, core


def run(network, images):
    """Results of a batch, int32. Sums are below 2^53, so float64 matrix products are exact."""
    tensor = images
    for layer in network["layers"]:
        kind = layer["kind"]
        if kind == "conv2d":
            kernel = layer["kernel"]
            shape = (-1, kernel["height"], kernel["width"], tensor.shape[3])
            weights = np.array(layer["weights"], np.float64).reshape(shape)
            windows = sliding_window_view(tensor, (kernel["height"], kernel["width"]), axis=(1, 2))
            tensor = np.tensordot(windows, weights, axes=([4, 5, 3], [1, 2, 3])) + np.array(layer["bias"], np.float64)
        elif kind == "dense":
            flat = tensor.reshape(len(tensor), -1)
            weights = np.array(layer["weights"], np.float64).reshape(-1, flat.shape[1])
            tensor = (flat @ weights.T + np.array(layer["bias"], np.float64)).reshape(len(tensor), 1, 1, -1)
        elif kind == "maxPool2d":
            height, width = layer["size"]["height"], layer["size"]["width"]
            rows, columns = tensor.shape[1] // height, tensor.shape[2] // width
            cut = tensor[:, : rows * height, : columns * width]
            tensor = cut.reshape(len(cut), rows, height, columns, width, -1).max(axis=(2, 4))
        elif kind == "flatten":
            tensor = tensor.reshape(len(tensor), 1, 1, -1)
        else:
            raise ValueError(f"layer {kind}")
        if "requantise" in layer:
            tensor = requantise(tensor, layer)
    return tensor.reshape(len(tensor), -1).astype(np.int32)


def requantise(tensor, layer):
    how, form = layer["requantise"], layer["output"]["format"]
    shifts = np.array(how["shifts"], np.float64)
    value = tensor / 2.0**shifts
    rounding = how["rounding"]
    if rounding == "floor":
        value = np.floor(value)
    elif rounding == "half-up":
        value = np.floor(value + 0.5)
    elif rounding == "half-even":
        value = np.rint(value)
    elif layer["kind"] == "conv2d":  # LiteRT's reference: by 2 with the half up, then the rest half away from zero
        half = np.floor(tensor / 2 + 0.5) / 2.0 ** np.maximum(shifts - 1, 0)
        value = np.where(shifts == 0, tensor, np.sign(half) * np.floor(np.abs(half) + 0.5))
    else:
        value = np.sign(value) * np.floor(np.abs(value) + 0.5)
    if how["relu"]:
        value = np.maximum(value, 0)
    low, high = (
        (-(2 ** (form["bits"] - 1)), 2 ** (form["bits"] - 1) - 1) if form["signed"] else (0, 2 ** form["bits"] - 1)
    )
    if how["overflow"] == "saturate":
        return np.clip(value, low, high)
    return (value - low) % 2 ** form["bits"] + low
