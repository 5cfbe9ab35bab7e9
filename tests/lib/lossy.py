# SPDX-License-Identifier: GPL-3.0-or-later
"""A way to a UDP server on which datagrams are lost, come twice, and out of order, by fixed odds."""
import random
import select
import socket
import struct
import threading

HEADER = 32
BYTES, END, ANSWER = 1, 2, 3


def header(kind, identity, position):
    return b"\xDA\x7A\xD6\x52" + bytes((kind, 0, 0, 0)) + identity + struct.pack("<Q", position)


def varints(data, n):
    values, at = [], 0
    for _ in range(n):
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        values.append(value)
    return values


class Way:
    """What was carried of one stream."""

    def __init__(self):
        self.n_heads = 0
        self.delivered = []  # pairs of positions
        self.size = None     # of the stream, once its writer has said that it ends
        self.n_events = None

    def n_lost(self):
        at = n = 0
        for start, end in sorted(self.delivered):
            n += max(0, start - at)
            at = max(at, end)
        return n + max(0, self.size - at)


class Lossy:
    """Carries what comes at a free port to `port`, and back. `lost`, `twice`, `late`: the odds of each datagram; `answers`: those
    of an answer to get lost; `heads`: so many times the first bytes of each stream are lost."""

    def __init__(self, port, seed, lost=0.0, twice=0.0, late=0.0, answers=0.0, heads=0):  # pylint: disable=too-many-arguments
        self.odds = random.Random(seed)
        self.to = ("127.0.0.1", port)
        self.lost, self.twice, self.late, self.answers, self.heads = lost, twice, late, answers, heads
        self.ways = {}
        self.held = []
        self.n = {"lost": 0, "twice": 0, "late": 0, "answers": 0, "lost answers": 0}
        self.outer = {}  # by peer: the socket that speaks for it
        self.inner = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.inner.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.inner.bind(("127.0.0.1", 0))
        self.port = self.inner.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            sockets = [self.inner, *self.outer.values()]
            ready = select.select(sockets, [], [], 0.01)[0]
            if self.inner in ready:
                data, peer = self.inner.recvfrom(65536)
                self._carry(data, peer)
            elif self.held:
                self._send(*self.held.pop(0))  # nothing overtakes it any more
            for peer, outer in list(self.outer.items()):
                if outer in ready:
                    self._answer(outer, peer)

    def _answer(self, outer, peer):
        try:
            data = outer.recv(65536)
        except ConnectionRefusedError:
            return
        if self.odds.random() < self.answers:
            self.n["lost answers"] += 1
            return
        self.n["answers"] += 1
        self.inner.sendto(data, peer)

    def _send(self, data, peer):
        if peer not in self.outer:
            self.outer[peer] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.outer[peer].connect(self.to)
        try:
            self.outer[peer].send(data)
        except ConnectionRefusedError:
            self.outer[peer].send(data)
        way = self.ways[data[8:24]]
        position = struct.unpack("<Q", data[24:32])[0]
        way.delivered.append((position, position + len(data) - HEADER))

    def _carry(self, data, peer):
        way = self.ways.setdefault(data[8:24], Way())
        position = struct.unpack("<Q", data[24:32])[0]
        is_head = position == 0
        if data[4] == END:
            way.size = position + len(data) - HEADER
            block = data.rfind(b"\xDA\x7A\xB1\x0C")
            way.n_events = varints(data[block + 24:], 3)[1]
        elif is_head and way.n_heads < self.heads:
            way.n_heads += 1
            return
        elif not is_head and len(data) > HEADER and self.odds.random() < self.lost:
            self.n["lost"] += 1
            return
        while len(self.held) > 3:
            self._send(*self.held.pop(0))
        if self.odds.random() < self.late and not is_head:
            self.n["late"] += 1
            self.held.append((data, peer))
            return
        self._send(data, peer)
        if self.odds.random() < self.twice:
            self.n["twice"] += 1
            self._send(data, peer)
