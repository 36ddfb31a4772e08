"""The AXI DMA in direct register mode (PG021), with timeouts and an explanation for every way to fail.

pynq's own channels wait for ever and know no partial lengths; this one reads and writes the same registers through the
same MMIO, so both can be used in one session.
"""

import time
from typing import Any, List

MM2S, S2MM = 0x00, 0x30
CONTROL, STATUS, ADDRESS, ADDRESS_MSB, LENGTH = 0x00, 0x04, 0x18, 0x1C, 0x28
RUN, RESET = 1 << 0, 1 << 2
HALTED, IDLE, SG_INCLUDED = 1 << 0, 1 << 1, 1 << 3
INTERNAL, SLAVE, DECODE = 1 << 4, 1 << 5, 1 << 6
DONE, FAILED = 1 << 12, 1 << 14
ERRORS = INTERNAL | SLAVE | DECODE


class DmaError(RuntimeError):
    """A transfer did not end as it should; the message says what the registers mean and what to look at."""


class Dma:
    """Both channels of one axi_dma; `mmio` reads and writes its registers."""

    def __init__(self, mmio: Any, length_bits: int, align: int = 8) -> None:
        self._mmio = mmio
        self.max_bytes = (1 << length_bits) - 1
        self.align = align

    def reset(self, timeout: float = 1.0) -> None:
        """Soft reset of both channels, then start them. Also how to recover from any error."""
        self._mmio.write(MM2S + CONTROL, RESET)
        deadline = time.monotonic() + timeout
        while self._mmio.read(MM2S + CONTROL) & RESET:
            if time.monotonic() > deadline:
                raise DmaError(
                    "the DMA does not leave its soft reset: its clock stands still, or no DMA is at this address "
                    "(is this .hwh the one of this .bit?)"
                )
        if self._mmio.read(MM2S + STATUS) & SG_INCLUDED:
            raise DmaError("the DMA has scatter-gather; this driver needs direct mode (c_include_sg 0)")
        for channel in (MM2S, S2MM):
            self._mmio.write(channel + CONTROL, RUN)
            while self._mmio.read(channel + STATUS) & HALTED:
                if time.monotonic() > deadline:
                    raise DmaError(f"{_name(channel)} stays halted after RS was set: {self._explain(channel)}")

    def transfer(self, source: int, sent: int, target: int, expected: int, busy: float, timeout: float) -> int:
        """Sends `sent` bytes at physical address `source`; receives a packet of at most `expected` at `target`.

        Returns the bytes received.

        `busy` is how long the hardware needs, in seconds: slept through rather than polled. Raises DmaError and resets.
        """
        for name, address, nbytes in (("input", source, sent), ("output", target, expected)):
            if not 0 < nbytes <= self.max_bytes:
                raise DmaError(f"{name} of {nbytes} bytes; one transfer is 1..{self.max_bytes}")
            if address % self.align:
                raise DmaError(f"{name} buffer at {address:#x} is not aligned to {self.align} bytes")
        for channel in (MM2S, S2MM):
            status = self._mmio.read(channel + STATUS)
            if status & (HALTED | ERRORS):
                # Left so by other code of this session: an error clears RS, and LENGTH would be ignored.
                self.reset()
                break
        # The receiver first: it must be ready when the first result comes. Done bits are cleared by writing ones.
        for channel, address, nbytes in ((S2MM, target, expected), (MM2S, source, sent)):
            self._mmio.write(channel + STATUS, DONE | FAILED)
            self._mmio.write(channel + ADDRESS, address & 0xFFFFFFFF)
            self._mmio.write(channel + ADDRESS_MSB, address >> 32)
            self._mmio.write(channel + LENGTH, nbytes)
        if busy > 0.002:
            time.sleep(busy)
        try:
            deadline = time.monotonic() + timeout
            self._wait(S2MM, deadline, timeout)
            self._wait(MM2S, deadline, timeout)
            return int(self._mmio.read(S2MM + LENGTH)) & self.max_bytes
        except DmaError:
            self.reset()
            raise

    def _wait(self, channel: int, deadline: float, timeout: float) -> None:
        while True:
            status = self._mmio.read(channel + STATUS)
            if status & (ERRORS | HALTED):
                raise DmaError(f"{_name(channel)} failed: {self._explain(channel)}")
            if status & IDLE:
                return
            if time.monotonic() > deadline:
                raise DmaError(f"no end within {timeout:.3g} s. {self._stuck()}")

    def _explain(self, channel: int) -> str:
        status = self._mmio.read(channel + STATUS)
        found: List[str] = []
        if status & INTERNAL:
            found.append(
                "more results came than the receive buffer holds (packet longer than LENGTH), or LENGTH was 0"
                if channel == S2MM
                else "internal error: LENGTH was 0"
            )
        if status & SLAVE:
            found.append("the memory answered with an error (slave error)")
        if status & DECODE:
            found.append("no memory at that address (decode error): is the buffer freed, or not of pynq.allocate?")
        if status & HALTED:
            found.append("the channel is halted")
        return f"{'; '.join(found) or 'no error bit is set'} (DMASR {status & 0xFFFF:#06x})"

    def _stuck(self) -> str:
        sending, receiving = (self._mmio.read(channel + STATUS) & 0xFFFF for channel in (MM2S, S2MM))
        registers = f"(MM2S DMASR {sending:#06x}, S2MM DMASR {receiving:#06x})"
        if not sending & IDLE:
            return f"The core stopped taking images: is it held in reset, or not clocked? {registers}"
        return (
            "All images were sent, but the last result with TLAST did not come: fewer images or another network "
            f"in the .bit than accelerator.json says, or a core that is not clocked {registers}"
        )


def _name(channel: int) -> str:
    return "sending (MM2S)" if channel == MM2S else "receiving (S2MM)"
