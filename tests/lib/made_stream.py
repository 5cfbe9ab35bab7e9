# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes streams that no program ran: of modules and call stacks, to ask readalloc for the names of any addresses; of blocks
that come and go at given times."""
import binascii
import struct

SYNC = bytes.fromhex("DA7AB10C")
HOW_TABLES = 4
HOW_EXACT = 8
MAP_MAIN, MAP_TRACER, MAP_VDSO = 1, 2, 4


def uv(value):
    out = bytearray()
    while value > 0x7f:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def sv(value):
    return uv(value << 1 if value >= 0 else (-value << 1) - 1)


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return uv(len(value)) + value


class Stream:
    """One thread's events; `machine` is ELF's e_machine."""

    def __init__(self, machine=62, word_size=8, is_little=True, program="made", walker=5):
        self.n_blocks = 0
        self.n_events = 0
        self.n_modules = 0
        self.pc = 0
        self.addr = self.top = 0x1000  # the last block's address, and the greatest there was
        self.records = bytearray()
        fields = [(1, uv(word_size)), (2, uv(1 if is_little else 2)), (3, uv(machine)), (6, uv(77)), (16, uv(4)),
                  (18, uv(walker)), (19, uv(1024)), (22, program.encode())]
        self.bytes = bytearray(b"\x89DALLOC\n" + struct.pack("<HH", 1, 0))
        self._block(1, 0, 0, b"".join(uv(key) + text(value) for key, value in fields))
        self._extended(1, uv(0) + uv(0) + uv(0x1000) + uv(77))

    def _block(self, kind, thread, index, payload):
        head = struct.pack("<BBHIII", kind, 0, 0, thread, index, len(payload))
        self.bytes += SYNC + head + struct.pack("<I", binascii.crc32(head + payload)) + payload

    def _extended(self, kind, body):
        self.records += uv(0) + uv(kind) + text(bytes(body))

    def map(self, path, load_bias, segments, build_id=b"", flags=0):
        """`segments`: (address from the load bias, size, flags: 1 execute, 2 write, 4 read)."""
        self.n_events += 1
        self.n_modules += 1
        body = uv(1) + uv(self.n_modules) + uv(flags) + uv(load_bias) + text(path) + text(build_id)
        body += uv(len(segments)) + b"".join(uv(number) for segment in segments for number in segment)
        self._extended(6, body)

    def alloc(self, frames, size=16):
        """One block of `size` bytes; `frames`: program counters, or (program counter, how), innermost first. Its address."""
        self.n_events += 1
        stack = uv(0) + uv(len(frames) << 3)
        for frame in reversed(frames):
            pc, how = frame if isinstance(frame, tuple) else (frame, HOW_TABLES)
            stack += uv(0) + uv(0) + uv(how) + sv(pc - self.pc)
            self.pc = pc
        self.top += 32
        self.records += bytes([0x21]) + uv(size) + sv((self.top - self.addr) // 16) + stack
        self.addr = self.top
        if len(self.records) > 200 << 10:
            self.flush()
        return self.addr

    def free(self, address):
        self.n_events += 1
        self.records += bytes([0x02]) + sv((address - self.addr) // 16)
        self.addr = address

    def pass_time(self, microseconds):
        self._extended(2, uv(microseconds))

    def flush(self, restart=False):
        """Ends the block; `restart`: what follows does not need it."""
        self._block(2, 1, self.n_blocks, bytes(self.records))
        self.n_blocks += 1
        self.records = bytearray()
        if restart:
            self.pc = 0
            self._extended(1, uv(self.n_events) + uv(0) + uv(self.addr) + uv(77))

    def finish(self):
        """The whole stream."""
        if self.records or self.n_blocks == 0:
            self.flush()
        self._block(3, 0, 1, uv(1) + uv(self.n_events) + uv(0))
        return bytes(self.bytes)
