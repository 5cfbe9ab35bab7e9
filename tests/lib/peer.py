# SPDX-License-Identifier: GPL-3.0-or-later
"""The other side of a TCP stream, well behaved or not."""
import socket
import struct
import threading

import live


class Peer:
    """A server on the loopback that keeps each connection's bytes, in the order the connections came.

    It closes each after `limit` bytes, with a reset if it `is_rude`; `is_held`: it reads when `go` is set,
    and until then says each second that it is alive if it `is_alive`. It begins each connection by saying `greeting`.
    """

    def __init__(self, family=socket.AF_INET, address="127.0.0.1", limit=None, is_held=False,
                 is_rude=False, port=0, is_alive=False, greeting=b""):
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((address, port))
        self.socket.listen(256)
        self.port = self.socket.getsockname()[1]
        self.limit = limit
        self.is_rude = is_rude
        self.is_alive = is_alive
        self.greeting = greeting
        self.go = threading.Event()
        if not is_held:
            self.go.set()
        self.streams = []
        self.n_open = 0
        self.lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return  # we have left
            data = bytearray()
            with self.lock:
                self.streams.append(data)
                self.n_open += 1
            threading.Thread(target=self._receive, args=(connection, data), daemon=True).start()

    def _receive(self, connection, data):
        connection.sendall(self.greeting)
        try:
            while not self.go.wait(1 if self.is_alive else None):
                connection.send(b"\0")
        except ConnectionError:
            self.go.wait()  # it has sent everything, and closed
        while self.limit is None or len(data) < self.limit:
            try:
                part = connection.recv(65536)
            except ConnectionError:
                break
            if not part:
                break
            data += part
        if self.is_rude:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        with self.lock:
            self.n_open -= 1

    def settle(self):
        """Waits until something has come, and nothing more for a second."""
        sizes = [0]

        def is_quiet():
            sizes.append(sum(map(len, self.streams)))
            return sizes[-1] > 0 and len(sizes) > 20 and sizes[-1] == sizes[-20]
        live.wait_for(is_quiet, "the peer to have all that was kept for it")

    def leave(self):
        """Listens no more."""
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def wait(self, n):
        live.wait_for(lambda: len(self.streams) >= n and self.n_open == 0, f"{n} streams at the peer")
        return [bytes(data) for data in self.streams]
