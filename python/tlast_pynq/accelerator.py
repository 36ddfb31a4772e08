"""The overlay: load, self-test, predict."""

import json
import os
import time
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple, Union

import numpy as np
import pynq

from . import compat, packets
from .bitfile import check_part, find_pair
from .dma import Dma, DmaError
from .images import Array, to_wire


@dataclass(frozen=True)
class Profile:
    """Seconds of one predict(): `hardware` is from the start of the DMA to the last result in memory."""

    images: int
    prepare: float
    hardware: float
    collect: float

    @property
    def total(self) -> float:
        return self.prepare + self.hardware + self.collect

    @property
    def images_per_second(self) -> float:
        return self.images / self.total if self.total > 0 else float("inf")

    def __str__(self) -> str:
        return (
            f"{self.images} images in {self.total * 1e3:.2f} ms ({self.images_per_second:,.0f}/s): "
            f"prepare {self.prepare * 1e3:.2f}, hardware {self.hardware * 1e3:.2f}, "
            f"collect {self.collect * 1e3:.2f} ms"
        )


class SelfTestError(RuntimeError):
    """The hardware's results are not those computed when the package was made."""


class Accelerator(pynq.Overlay):  # type: ignore[misc]
    """A tlast network on the fabric. Everything it knows is in accelerator.json, beside the .bit and .hwh.

    `capacity` is how many images one transfer carries: the buffers are allocated once, for that many.
    """

    def __init__(
        self,
        folder: Optional[str] = None,
        capacity: int = 10000,
        self_test: bool = True,
        timeout: float = 5.0,
        **overlay: Any,
    ) -> None:
        here = os.path.abspath(folder or os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
        with open(os.path.join(here, "accelerator.json"), encoding="utf-8") as file:
            description: Dict[str, Any] = json.load(file)
        bitfile = find_pair(here, description)
        check_part(bitfile, description["part"])
        compat.apply()
        super().__init__(bitfile, **overlay)
        self.description = description
        self.timeout = timeout
        self._folder = here
        self._outputs: int = description["output"]["count"]
        self._seconds_per_image: float = description["cycles"]["interval"] / (description["clock_mhz"] * 1e6)
        node: Any = self
        for name in description["dma"].split("/"):
            node = getattr(node, name)
        self._dma = Dma(node.mmio, description["dma_length_bits"])
        # Raw packets carry bytes in and int32 out; header packets 16-bit words both ways.
        self._packets: Dict[str, Any] = description["packets"]
        self._header: bool = self._packets["kind"] == "header"
        word = np.dtype(np.uint16 if self._header else np.uint8)
        result = np.dtype(np.uint16 if self._header else np.int32)
        self._extra = packets.HEADER_WORDS if self._header else 0
        self._in_words: int = description["input"]["bytes"]
        self._out_words: int = self._packets["result_words"] if self._header else self._outputs
        largest = max(self._in_words * word.itemsize, self._out_words * result.itemsize)
        self.capacity = max(1, min(capacity, (self._dma.max_bytes - 2 * self._extra) // largest))
        if self._header:
            self.capacity = min(self.capacity, packets.MAX_BATCH)
        loads = [target["words"] for target in self._packets["targets"]] if self._header else []
        sent = self._extra + max([self.capacity * self._in_words, *loads])
        answered = self._extra + max([self.capacity * self._out_words, *loads])
        self._input = pynq.allocate(shape=(sent,), dtype=word)
        self._output = pynq.allocate(shape=(answered,), dtype=result)
        # Asked once: on PYNQ.remote each look is a round trip. 2.7 has both names of it.
        self._addresses: Tuple[int, int] = (int(self._input.physical_address), int(self._output.physical_address))
        self._check_clock()
        self._dma.reset()
        if self._header:
            self.load_weights()
        if self_test:
            self.self_test()

    def predict(self, images: Any, profile: bool = False) -> Union[Array, Tuple[Array, Profile]]:
        """Results of the network, int32, one row an image: logits, or one column with the class.

        `images`: uint8, or floats in 0..1; one or many, in any usual layout (see to_wire). With `profile`, also where
        the time went. Raises ImageError for images that do not fit, DmaError when the hardware does not answer.
        """
        started = time.perf_counter()
        wire = to_wire(images, self.description)
        prepare = time.perf_counter() - started
        hardware = collect = 0.0
        results: Array = np.empty((len(wire), self._outputs), dtype=np.int32)
        for first in range(0, len(wire), self.capacity):
            part = wire[first : first + self.capacity]
            times = self._run(part, results[first : first + len(part)])
            prepare, hardware, collect = prepare + times[0], hardware + times[1], collect + times[2]
        if profile:
            return results, Profile(len(wire), prepare, hardware, collect)
        return results

    def classify(self, images: Any) -> Array:
        """The class of each image; in a tie the lowest wins."""
        results = self.predict(images)
        assert isinstance(results, np.ndarray)
        return results[:, 0] if self.description["output"]["kind"] == "class" else results.argmax(axis=1)

    def throughput_test(self, images: int = 10000, seed: int = 0) -> Profile:
        """Times random images in whole batches, after one batch to warm up."""
        shape = self.description["input"]
        size = (images, shape["height"], shape["width"], shape["channels"])
        data = np.random.RandomState(seed).randint(0, 256, size=size, dtype=np.uint8)
        self.predict(data[: min(images, self.capacity)])
        profile = self.predict(data, profile=True)[1]
        assert isinstance(profile, Profile)
        return profile

    def self_test(self) -> int:
        """Runs the vectors of the package and compares every bit; returns how many images. Raises SelfTestError."""
        images = np.load(os.path.join(self._folder, "selftest_images.npy"))
        expected = np.load(os.path.join(self._folder, "selftest_results.npy"))
        found = self.predict(images)
        assert isinstance(found, np.ndarray)
        wrong = np.flatnonzero((found != expected).any(axis=1))
        if wrong.size:
            first = int(wrong[0])
            raise SelfTestError(
                f"{wrong.size} of {len(images)} self-test images differ, first {first}: "
                f"hardware {found[first].tolist()}, expected {expected[first].tolist()}. Is the .bit of this package, "
                f"and does FCLK0 run at {self.description['clock_mhz']} MHz?"
            )
        return len(images)

    def load_weights(self, model: Union[None, str, packets.Model] = None) -> None:
        """Sends every layer's weights (and biases and shifts, where the bitstream takes them) and compares the echoes.

        `model`, of the same network with other weights: a folder of load_<n>.npy as `tlast weights` and a package have,
        an integer.json, or arrays by layer (packets.Model). Default: this package's own. Only for header packets.
        Raises PacketError, and ValueError for a model of another shape.
        """
        if not self._header:
            raise TypeError("this bitstream has its weights built in: package with --weights loadable --packets header")
        for name, words in self._loads(model):
            answer, _ = self._exchange(words, len(words), busy=0.0)
            packets.check_echo(name, words, answer)

    def _loads(self, model: Union[None, str, packets.Model]) -> List[Tuple[str, Array]]:
        if model is not None and not (isinstance(model, str) and os.path.isdir(model)):
            return packets.load_packets(self._packets, model)
        loads: List[Tuple[str, Array]] = []
        for index, target in enumerate(self._packets["targets"]):
            words = np.load(os.path.join(model or self._folder, f"load_{index}.npy")).view(np.uint16)
            if words.shape != (packets.HEADER_WORDS + target["words"],):
                raise ValueError(
                    f"load_{index}.npy has {words.shape} words; {target['name']} needs {target['words']} and a header"
                )
            loads.append((target["name"], words))
        return loads

    def close(self) -> None:
        """Frees the buffers."""
        for buffer in (self._input, self._output):
            buffer.freebuffer()  # .close() is missing on PYNQ.remote's buffers (4.0); this is there in all releases

    def _run(self, wire: Array, results: Array) -> Tuple[float, float, float]:
        """One batch; seconds to prepare, in hardware, and to collect."""
        started = time.perf_counter()
        words = packets.execute(self._packets, wire) if self._header else wire.reshape(-1)
        expected = self._extra + len(wire) * self._out_words
        answer, (ready, done) = self._exchange(words, expected, busy=len(wire) * self._seconds_per_image)
        if self._header:
            results[:] = packets.results(self._packets, words, answer, self._outputs)
        elif len(answer) == expected:
            results[:] = answer.reshape(results.shape)
        else:
            self._dma.reset()
            raise DmaError(
                f"received {answer.nbytes} bytes instead of {expected * 4}: TLAST came early (does the .bit belong to "
                "this accelerator.json?), or TKEEP of the core's output is not all ones"
            )
        return ready - started, done - ready, time.perf_counter() - done

    def _exchange(self, words: Array, expected: int, busy: float) -> Tuple[Array, Tuple[float, float]]:
        """Sends one packet and returns the one that comes back, with the times before and after the hardware."""
        self._input[: len(words)] = words
        # Only what was written: flushing the whole buffer for one image would cost more than the image.
        self._input[: len(words)].flush()
        ready = time.perf_counter()
        received = self._dma.transfer(
            self._addresses[0],
            words.nbytes,
            self._addresses[1],
            expected * self._output.itemsize,
            busy=busy,
            timeout=self.timeout + 10 * busy,
        )
        done = time.perf_counter()
        count = received // self._output.itemsize
        # PYNQ.remote (3.1 to 4.0) reads back the whole buffer and cannot invalidate a part of it.
        whole = hasattr(self._output, "stub")
        (self._output if whole else self._output[:count]).invalidate()
        return np.array(self._output[:count]), (ready, done)

    def _check_clock(self) -> None:
        """Sets FCLK0 where something left it otherwise: a design runs right at its own clock only."""
        wanted = float(self.description["clock_mhz"])
        try:
            found = float(pynq.Clocks.fclk0_mhz)
        except (AttributeError, RuntimeError, ImportError):
            return  # PYNQ.remote before 4.0 has no clocks; the self-test has the last word
        if abs(found - wanted) > 0.01 * wanted:
            pynq.Clocks.fclk0_mhz = wanted
            found = float(pynq.Clocks.fclk0_mhz)
            if abs(found - wanted) > 0.01 * wanted:
                raise RuntimeError(f"FCLK0 is {found} MHz and cannot be set to the {wanted} the design is timed for")
