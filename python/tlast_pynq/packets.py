"""Header packets (docs/packets.md): weights and images over one 16-bit stream, every packet answered by one."""

from typing import Any, Dict

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
