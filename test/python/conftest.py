import json
import pathlib
import sys

import numpy as np
import pytest

here = pathlib.Path(__file__).parent
sys.path[:0] = [str(here / "fake"), str(here), str(here.parent.parent / "python")]

import pynq  # noqa: E402


def results_of(images):
    """A core that is easy to predict: result k of an image is the sum of its bytes, times k + 1, minus 5000."""
    sums = images.reshape(len(images), 784).astype(np.int64).sum(axis=1)
    return (sums[:, None] * np.arange(1, 11) - 5000).astype(np.int32)


def header(part):
    """The start of a .bit file, as Vivado writes it."""
    field = lambda key, text: key + len(text + b"\0").to_bytes(2, "big") + text + b"\0"  # noqa: E731
    start = bytes.fromhex("0009 0ff00ff00ff00ff000 0001")
    return (
        start + field(b"a", b"system_wrapper;UserID=0XFFFFFFFF;Version=2020.2") + field(b"b", part) + field(b"c", b"d")
    )


@pytest.fixture
def description():
    return {
        "stem": "digits_0123abcd",
        "part": "xc7z020clg400-1",
        "dma": "memory/axi_dma_0",
        "dma_length_bits": 26,
        "clock_mhz": 100.0,
        "input": {"height": 28, "width": 28, "channels": 1, "shift": 0, "wire_bits": 8, "bytes": 784},
        "output": {"count": 10, "kind": "logits"},
        "packets": {"kind": "raw"},
        "cycles": {"interval": 784, "latency": 891},
    }


@pytest.fixture
def package(tmp_path, description):
    """A package's folder, with the fake board ready for it."""
    images = np.random.RandomState(7).randint(0, 256, (4, 28, 28, 1), np.uint8)
    np.save(tmp_path / "selftest_images.npy", images)
    np.save(tmp_path / "selftest_results.npy", results_of(images))
    (tmp_path / "accelerator.json").write_text(json.dumps(description))
    (tmp_path / "digits_0123abcd.bit").write_bytes(header(b"7z020clg400"))
    (tmp_path / "digits_0123abcd.hwh").write_text("<EDKSYSTEM/>")
    pynq.board.__init__()
    pynq.board.core = lambda data: results_of(np.frombuffer(data, np.uint8).reshape(-1, 784))
    pynq.board.image_bytes, pynq.board.beat_bytes = 784, 8
    return tmp_path


class HeaderCore:
    """A core for header packets: one layer of 20 weights; result k of an image is its byte sum plus weight k."""

    def __init__(self):
        self.weights = None

    def __call__(self, data):
        words = np.frombuffer(data, np.uint16)
        if words[0] == 1:
            if words[5] != 10:
                return [0x8007, *words[1:7]]
            self.weights = (words[7:27] & 0xFF).astype(np.uint8).view(np.int8).astype(np.int64)
            return np.concatenate([words[:7], self.weights.astype(np.int16).view(np.uint16)])
        if self.weights is None:
            return [0x8009, *words[1:7]]
        sums = words[7:].reshape(-1, 784).astype(np.int64).sum(axis=1)
        values = (sums[:, None] + self.weights[:10]).astype(np.int32)
        return np.concatenate([words[:7], values.view(np.uint16).reshape(-1)])


def header_results_of(images, weights):
    sums = images.reshape(len(images), 784).astype(np.int64).sum(axis=1)
    return (sums[:, None] + weights[:10]).astype(np.int32)


@pytest.fixture
def header_package(package, description):
    """The same, for header packets with 32-bit results."""
    weights = np.arange(-10, 10)
    load = np.concatenate([[1, 0, 1, 2, 1, 10, 1], weights]).astype(np.int16)
    np.save(package / "load_0.npy", load)
    description["packets"] = {
        "kind": "header",
        "results": 32,
        "result_words": 20,
        "execute": [0, 1, 1, 1, 28, 10, 1],
        "targets": [{"name": "dense1 weights", "header": [1, 0, 1, 2, 1, 10, 1], "words": 20}],
    }
    (package / "accelerator.json").write_text(json.dumps(description))
    np.save(package / "selftest_results.npy", header_results_of(np.load(package / "selftest_images.npy"), weights))
    pynq.board.in_dtype = pynq.board.out_dtype = np.dtype(np.uint16)
    pynq.board.core, pynq.board.image_bytes, pynq.board.beat_bytes = HeaderCore(), 1, 2
    return package
