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
