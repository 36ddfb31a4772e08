"""The emitted top under cocotbext-axi's stream models, with random pauses on both sides. Run by run_bus.py."""

import json
import os
import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge, with_timeout
from cocotbext.axi import AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource

with open(os.environ["VECTORS"]) as file:
    VECTORS = json.load(file)


class Bench:
    def __init__(self, dut, seed):
        self.dut = dut
        self.random = random.Random(seed)
        cocotb.start_soon(Clock(dut.aclk, 10, units="ns").start())
        reset = {"reset": dut.aresetn, "reset_active_level": False}
        self.source = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis"), dut.aclk, **reset)
        self.sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis"), dut.aclk, **reset)

    async def reset(self):
        self.dut.aresetn.value = 0
        for _ in range(4):
            await RisingEdge(self.dut.aclk)
        self.dut.aresetn.value = 1
        await RisingEdge(self.dut.aclk)

    def pauses(self, probability):
        while True:
            yield self.random.random() < probability

    def bursts(self):
        """Long silences: up to 40 clocks of each."""
        while True:
            still = self.random.random() < 0.5
            for _ in range(self.random.randint(1, 40)):
                yield still

    async def send(self, images):
        """Queues images as one packet."""
        await self.source.send(AxiStreamFrame(bytes(b for image in images for b in image)))

    async def words(self, clocks):
        """The words of the next packet that comes back, within so many clocks."""
        frame = await with_timeout(self.sink.recv(compact=False), 10 * clocks, "ns")
        assert all(frame.tkeep), "TKEEP of a result is not all ones"
        data = bytes(frame.tdata)
        return [int.from_bytes(data[i : i + 4], "little", signed=True) for i in range(0, len(data), 4)]


async def run(dut, seed, source, sink):
    bench = Bench(dut, seed)
    await bench.reset()
    bench.source.set_pause_generator(source(bench))
    bench.sink.set_pause_generator(sink(bench))
    images, results = VECTORS["images"], VECTORS["results"]
    ends = [sum(VECTORS["packets"][: i + 1]) for i in range(len(VECTORS["packets"]))]
    packets = [slice(end - size, end) for end, size in zip(ends, VECTORS["packets"])]
    for packet in packets:  # one right behind the other
        await bench.send(images[packet])
    for packet in packets:
        # At most 40 times slower than without pauses.
        found = await bench.words(40 * (VECTORS["interval"] + 2000) * len(images))
        assert found == [word for result in results[packet] for word in result], f"images {packet}"
    assert bench.sink.empty(), "words that no packet asked for"


@cocotb.test()
async def without_pauses(dut):
    await run(dut, 1, lambda b: b.pauses(0), lambda b: b.pauses(0))


@cocotb.test()
async def with_random_pauses_on_both_sides(dut):
    await run(dut, VECTORS["seed"], lambda b: b.pauses(0.5), lambda b: b.pauses(0.5))


@cocotb.test()
async def with_a_slow_sink(dut):
    await run(dut, VECTORS["seed"] + 1, lambda b: b.pauses(0.1), lambda b: b.pauses(0.9))


@cocotb.test()
async def with_bursts_and_silences(dut):
    await run(dut, VECTORS["seed"] + 2, lambda b: b.bursts(), lambda b: b.bursts())
