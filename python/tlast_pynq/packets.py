"""Header packets (docs/packets.md): weights and images over one 16-bit stream, every packet answered by one."""

import json
from typing import Any, Dict, List, Mapping, Tuple, Union

import numpy as np

from .images import Array

HEADER_WORDS = 7
ERROR = 0x8000
MAX_BATCH = 32767
FAULTS = {
    1: "the packet ended inside its header",
    2: "its status is neither execute (0) nor anything this bitstream loads",
    3: "its batch is not 1..32767 in an execute, or not 0 in a load",
    4: "kernelDim is not what the bitstream was built for",
    5: "inputChannels is not what the bitstream was built for",
    6: "inputDim is not what the bitstream was built for",
    7: "outputChannels is not what the bitstream was built for",
    8: "outputDim is not what the bitstream was built for",
    9: "weights are not loaded: call load_weights()",
    10: "the packet ended inside its body",
    11: "the packet goes on after its body",
}


class PacketError(RuntimeError):
    """The core refused a packet, or answered with another length or echo."""


def execute(packets: Dict[str, Any], wire: Array) -> Array:
    """An execute packet of the images in `wire` (rows of bytes), as uint16 words."""
    header = np.array(packets["execute"], dtype=np.uint16)
    header[1] = len(wire)
    return np.concatenate([header, wire.reshape(-1).astype(np.uint16)])


def results(packets: Dict[str, Any], sent: Array, answer: Array, outputs: int) -> Array:
    """The results in an answer, images x outputs, int32. Raises PacketError."""
    images = int(sent[1])
    _check(answer, HEADER_WORDS + images * packets["result_words"], f"execute of {images} images")
    body = answer[HEADER_WORDS:].reshape(images, packets["result_words"])
    if packets["results"] == 16:
        return body[:, :outputs].view(np.int16).astype(np.int32)
    low: Array = body[:, 0::2].astype(np.uint32)
    high: Array = body[:, 1::2].astype(np.uint32)
    return (low | high << np.uint32(16)).view(np.int32)[:, :outputs]


# {"conv1": {"weights": [out][ky][kx][in], "bias": [out], "shift": 7}, ...}; bias and shift where they are loaded.
Model = Mapping[str, Mapping[str, Any]]


def read_model(path: str) -> Model:
    """The layers of an integer.json, as a build leaves it. Raises ValueError for another file."""
    with open(path, encoding="utf-8") as file:
        content = json.load(file)
    layers = content.get("layers") if isinstance(content, dict) else None
    if not isinstance(layers, list):
        raise ValueError(f"{path} is no integer.json: it has no list of layers")
    model: Dict[str, Dict[str, Any]] = {}
    for layer in layers:
        if "weights" not in layer:
            continue
        model[layer["name"]] = {"weights": layer["weights"], "bias": layer["bias"]}
        shifts = set(layer.get("requantise", {}).get("shifts", []))
        if len(shifts) > 1:
            raise ValueError(f"{path}, {layer['name']}: a shift a channel; quantise it with one (perChannel: false)")
        if shifts:
            model[layer["name"]]["shift"] = shifts.pop()
    return model


def load_packets(packets: Dict[str, Any], model: Union[str, Model]) -> List[Tuple[str, Array]]:
    """The packets that load a model into this bitstream, each with its name, as uint16 words.

    `model`: the path of an integer.json, or arrays by layer (see Model). Raises ValueError where they are not of the
    shape that the bitstream was built for, or do not fit their words.
    """
    layers = read_model(model) if isinstance(model, str) else model
    made: List[Tuple[str, Array]] = []
    used = set()
    for target in packets["targets"]:
        name, kind = target["name"].rsplit(" ", 1)
        used.add(name)
        key = {"weights": "weights", "biases": "bias", "shift": "shift"}[kind]
        if name not in layers or key not in layers[name]:
            raise ValueError(f"the model has no {key} of {name}; it has {', '.join(layers) or 'no layers'}")
        values = np.asarray(layers[name][key]).reshape(-1)
        if not np.array_equal(values, values.astype(np.int64)):
            raise ValueError(
                f"{target['name']}: found {values.dtype} values, expected integers: quantise the model first"
            )
        values = values.astype(np.int64)
        least, most = {"weights": (-128, 127), "bias": (-(2**31), 2**31 - 1), "shift": (0, 31)}[key]
        if values.size and (values.min() < least or values.max() > most):
            raise ValueError(f"{target['name']}: {values.min()}..{values.max()}, expected {least}..{most}")
        if key == "bias":
            values = np.stack([values & 0xFFFF, values >> 16 & 0xFFFF], axis=1).reshape(-1)
        if values.size != target["words"]:
            raise ValueError(f"{target['name']}: {values.size} words, the bitstream takes {target['words']}")
        words = np.concatenate([np.array(target["header"], dtype=np.int64), values]) & 0xFFFF
        made.append((target["name"], words.astype(np.uint16)))
    biased = {target["name"] for target in packets["targets"]}
    for name, layer in layers.items():
        if name in used and f"{name} biases" not in biased and np.any(layer.get("bias", 0)):
            raise ValueError(
                f"the model has biases in {name}, and this bitstream takes none: quantise it as the build was"
            )
    extra = sorted(set(layers) - used)
    if extra:
        raise ValueError(f"the model has {', '.join(extra)}, which this bitstream has not")
    return made


def check_echo(name: str, sent: Array, answer: Array) -> None:
    """A good answer to a load is what was stored, so the packet itself. Raises PacketError."""
    _check(answer, len(sent), f"load of {name}")
    wrong = np.flatnonzero(answer != sent)
    if wrong.size:
        at = int(wrong[0])
        raise PacketError(f"load of {name}: word {at} came back as {answer[at]:#06x}, and was sent as {sent[at]:#06x}")


def _check(answer: Array, expected: int, what: str) -> None:
    if len(answer) == expected and (not len(answer) or answer[0] < ERROR):
        return
    # A fault known at once is in the first word, a later one in the last.
    for word in (answer[:1], answer[-1:]):
        if len(word) and int(word[0]) >= ERROR and int(word[0]) - ERROR in FAULTS:
            raise PacketError(f"{what}: {FAULTS[int(word[0]) - ERROR]} (code {int(word[0]) - ERROR})")
    raise PacketError(f"{what}: the answer has {len(answer)} words, expected {expected}")
