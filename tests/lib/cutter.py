# SPDX-License-Identifier: GPL-3.0-or-later
"""A way to a TCP server that can be cut: all its connections are reset, and it takes no new ones until it is mended."""
import select
import socket
import struct
import threading


class Cutter:
    def __init__(self, port, address="127.0.0.1", host="127.0.0.1"):
        """Carries what comes at a free port of `address` to `port` of `host`."""
        self.to = (host, port)
        self.address = address
        self.lock = threading.Lock()
        self.connections = []
        self.n_cut = 0
        self.port = 0
        self.mend()

    def mend(self):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((self.address, self.port))
        self.socket.listen(256)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._accept, args=(self.socket,), daemon=True).start()

    def cut(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        with self.lock:
            connections, self.connections = self.connections, []
        for connection in connections:
            self.n_cut += 1
            try:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.shutdown(socket.SHUT_RD)  # wakes who waits for it
            except OSError:
                pass

    def _accept(self, listener):
        while True:
            try:
                inner, _ = listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections.append(inner)
            threading.Thread(target=self._carry, args=(inner,), daemon=True).start()

    def _carry(self, inner):
        try:
            outer = socket.create_connection(self.to)
        except OSError:
            inner.close()
            return
        pairs = {inner: outer, outer: inner}
        try:
            while pairs:
                for ready in select.select(list(pairs), [], [])[0]:
                    data = ready.recv(65536)
                    if data:
                        pairs[ready].sendall(data)
                    elif ready is inner and inner not in self.connections:
                        return  # cut
                    else:
                        pairs.pop(ready).shutdown(socket.SHUT_WR)
        except OSError:
            pass
        finally:
            with self.lock:
                if inner in self.connections:
                    self.connections.remove(inner)
            inner.close()
            outer.close()
