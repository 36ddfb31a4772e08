"""The fake board: DDR as the hardware sees it, and an AXI DMA of which only the registers show."""

import os

import numpy as np

MM2S, S2MM = 0x00, 0x30
RS, RESET = 1, 4
HALTED, IDLE, INTERNAL, DECODE, IOC, ERR = 1, 2, 0x10, 0x40, 0x1000, 0x4000


class FakeBuffer(np.ndarray):
    """Two copies of the data: the program's (this array) and the hardware's, joined by flush and invalidate only."""

    def __new__(cls, board, shape, dtype):
        self = super().__new__(cls, shape, dtype)
        self.fill(0x5A)
        self.board, self.address, self.whole = board, board.place(self.nbytes), True
        board.buffers[self.address] = (dtype, bytearray(b"\xa5" * self.nbytes))
        return self

    def __array_finalize__(self, parent):
        self.board, self.address, self.whole = getattr(parent, "board", None), getattr(parent, "address", None), False

    def _offset(self):
        base = self
        while isinstance(base.base, FakeBuffer):
            base = base.base
        return self.__array_interface__["data"][0] - base.__array_interface__["data"][0]

    @property
    def physical_address(self):
        return self.address + self._offset()

    def flush(self):
        data = self.tobytes()
        self.board.flushed += len(data)
        self.board.buffers[self.address][1][self._offset() : self._offset() + len(data)] = data

    def invalidate(self):
        memory = self.board.buffers[self.address][1][self._offset() : self._offset() + self.nbytes]
        self[...] = np.frombuffer(bytes(memory), self.dtype).reshape(self.shape)

    def freebuffer(self):
        assert self.board.buffers.pop(self.address, None) is not None, "freed twice"


class Board:
    def __init__(self):
        self.core = None  # bytes of whole images -> int32 words of the packet
        self.in_dtype, self.out_dtype = np.dtype(np.uint8), np.dtype(np.int32)
        self.image_bytes = 1
        self.beat_bytes = 1
        self.fclk0_mhz = 100.0
        self.stuck_clock = None
        self.fault = None
        self.polls_until_done = 3
        self.downloads = 0
        self.buffers = {}
        self.misalign = 0
        self.flushed = 0
        self.accesses = 0
        if "TLAST_FAKE_NETWORK" in os.environ:  # the notebook's kernel is a process of its own
            import reference

            self.image_bytes, self.core = reference.load(os.environ["TLAST_FAKE_NETWORK"])
        self.power_on()

    def power_on(self):
        self.registers = {}
        self.transfers = []
        for channel in (MM2S, S2MM):
            self.registers.update({channel: 0x10002, channel + 4: 0x10000 | HALTED, channel + 0x28: 0})
        self.pending = {}
        self.countdown = 0

    def place(self, nbytes):
        """The next page, as CMA gives them."""
        used = [address + len(memory) for address, (_, memory) in self.buffers.items()]
        return (max([*used, 0x16800000]) + 0xFFF) // 0x1000 * 0x1000 + self.misalign

    # ---- MMIO
    def read(self, offset):
        self.accesses += 1
        assert offset in self.registers or offset in (0x18, 0x1C, 0x48, 0x4C), f"no register {offset:#x} in direct mode"
        if offset in (MM2S + 4, S2MM + 4) and self.countdown:
            self.countdown -= 1
            if not self.countdown:
                self._run()
        return self.registers.get(offset, 0)

    def write(self, offset, value):
        self.accesses += 1
        assert isinstance(value, int) and 0 <= value < 2**32, f"{value!r} into {offset:#x}"
        if offset in (MM2S, S2MM):
            if value & RESET:
                self.power_on() if self.fault != "dead" else self.registers.update({MM2S: RESET})
                return
            self.registers[offset] = value | 0x10002
            # PG021: Idle reads 0 before the first transfer.
            status = self.registers[offset + 4]
            self.registers[offset + 4] = status & ~HALTED if value & RS else (status | HALTED) & ~IDLE
        elif offset in (MM2S + 4, S2MM + 4):
            self.registers[offset] &= ~(value & 0x7000)
        elif offset in (MM2S + 0x28, S2MM + 0x28):
            channel = offset - 0x28
            assert not self.registers[channel + 4] & HALTED, "LENGTH written while halted has no effect"
            assert 0 < value < 2**26, f"LENGTH {value}"
            assert channel not in self.pending, "LENGTH written while the channel is busy"
            address = self.registers.get(channel + 0x18, 0)
            assert address % 8 == 0, f"{address:#x} is not aligned to 8 bytes, and there is no realignment engine"
            self.registers[channel + 4] &= ~IDLE
            self.pending[channel] = (address, value)
            if len(self.pending) == 2:
                self.countdown = self.polls_until_done
        else:
            assert offset in (0x18, 0x1C, 0x48, 0x4C), f"no register {offset:#x} in direct mode"
            self.registers[offset] = value

    # ---- One transfer through the core
    def _memory(self, address, nbytes, dtype):
        for base, (found, memory) in self.buffers.items():
            if base <= address and address + nbytes <= base + len(memory):
                assert found == dtype, f"buffer at {base:#x} is {found}, and the stream carries {dtype}"
                return memory, address - base
        return None, 0

    def _error(self, channel, bits):
        self.registers[channel + 4] = self.registers[channel + 4] & ~IDLE | bits | HALTED | ERR | IOC

    def _run(self):
        (source, sent), (target, room) = self.pending.pop(MM2S), self.pending.pop(S2MM)
        memory, at = self._memory(source, sent, self.in_dtype)
        if memory is None:
            return self._error(MM2S, DECODE)
        if self.fault == "stopped":
            return None
        assert sent % self.beat_bytes == 0, f"{sent} bytes are not whole beats of {self.beat_bytes}"
        assert sent % self.image_bytes == 0, f"{sent} bytes are not whole images of {self.image_bytes}"
        data = bytes(memory[at : at + sent])
        self.transfers.append(sent)
        self.registers[MM2S + 4] |= IDLE | IOC
        if self.fault == "no tlast":
            return None
        words = np.asarray(self.core(data), self.out_dtype).reshape(-1)
        if self.fault == "extra result":
            words = np.append(words, self.out_dtype.type(0))
        if self.fault == "short packet":
            words = words[:-1]
        if self.fault == "wrong bit":
            words = words ^ np.eye(1, words.size, 3, dtype=self.out_dtype)[0]
        packet = words.tobytes()
        if len(packet) > room:
            return self._error(S2MM, INTERNAL)
        memory, at = self._memory(target, room, self.out_dtype)
        if memory is None:
            return self._error(S2MM, DECODE)
        kept = b"" if self.fault == "tkeep 0" else packet
        memory[at : at + len(kept)] = kept
        self.registers[S2MM + 0x28] = len(kept)
        self.registers[S2MM + 4] |= IDLE | IOC
        return None
