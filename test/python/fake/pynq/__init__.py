"""A small pynq: enough of Overlay, allocate, Clocks and the AXI DMA's registers to run the driver, and stricter.

It raises AssertionError where a real board would silently go wrong: a buffer of another dtype, an unaligned address,
a length past the register, a batch that is not whole images, LENGTH written while halted. Data that was not flushed or
invalidated stays unseen. `board` is the one board; tests set its core and faults.
"""

import os
from types import SimpleNamespace

import numpy as np

from .board import Board, FakeBuffer

__version__ = "4.0.0"
board = Board()


class _ClocksMeta(type):
    @property
    def fclk0_mhz(cls):
        return board.fclk0_mhz

    @fclk0_mhz.setter
    def fclk0_mhz(cls, mhz):
        # FCLK0 is 1000 MHz over a whole number.
        board.fclk0_mhz = board.stuck_clock or 1000 / round(1000 / mhz)


class Clocks(metaclass=_ClocksMeta):
    pass


class Overlay:
    def __init__(self, bitfile_name, download=True):
        assert os.path.isabs(bitfile_name), "Overlay looks for relative names in its own folders"
        assert os.path.isfile(bitfile_name), f"no {bitfile_name}"
        assert os.path.isfile(os.path.splitext(bitfile_name)[0] + ".hwh"), "Cannot find HWH"
        self.bitfile_name = bitfile_name
        board.power_on()
        if download:
            board.downloads += 1
        self.memory = SimpleNamespace(axi_dma_0=SimpleNamespace(mmio=board))


def allocate(shape, dtype="u4", target=None):
    return FakeBuffer(board, tuple(shape), np.dtype(dtype))
