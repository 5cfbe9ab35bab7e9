# SPDX-License-Identifier: GPL-3.0-or-later
"""readalloc --listen, started on a free port and ended by a signal."""
import os
import re
import signal
import socket
import subprocess

import live


class Listener:
    """Runs in the folder `folder`, made for it; its reports are there. Without a place it only calls, as options say."""

    def __init__(self, options, folder, place="0", **popen):
        os.makedirs(folder, exist_ok=True)
        self.folder = os.path.abspath(folder)
        self.said = os.path.join(self.folder, "stderr")
        self.roll = os.path.join(self.folder, "stdout")
        with open(self.said, "wb") as err, open(self.roll, "wb") as out:
            there = ["--listen", place] if place else []
            self.process = subprocess.Popen([os.environ["READALLOC"], *there, *options], cwd=self.folder,
                                            stdin=subprocess.DEVNULL, stdout=out, stderr=err, **popen)
        if place:
            live.wait_for(lambda: b"listening on" in self.messages() or self.process.poll() is not None, "the listener")
        self.names = re.findall(r"^readalloc: listening on (.*):(\d+)$", self.messages().decode(), re.M)
        self.port = int(self.names[0][1]) if self.names else None

    def messages(self):
        with open(self.said, "rb") as file:
            return file.read()

    def lines(self):
        """What it said but for where it listens, what it wrote and which files the target lacks."""
        usual = re.compile(r"readalloc: (listening on|wrote) |.*not found in ")
        return [line for line in self.messages().decode().splitlines() if not usual.match(line)]

    def connect(self, data=b"", family=socket.AF_INET, address="127.0.0.1"):
        """A connection over which `data` was sent."""
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.settimeout(live.TIME_LIMIT)
        connection.connect((address, self.port))
        connection.sendall(data)
        return connection

    def send(self, data):
        """Sends a stream and waits until it was read to its end."""
        connection = self.connect(data)
        connection.shutdown(socket.SHUT_WR)
        try:
            while connection.recv(4096):
                pass
        except ConnectionResetError:
            pass  # closed before it had read everything
        connection.close()

    def stop(self, number=signal.SIGINT):
        """The exit code after `number`."""
        self.process.send_signal(number)
        return self.process.wait(live.TIME_LIMIT)

    def files(self):
        return sorted(set(os.listdir(self.folder)) - {"stderr", "stdout"})

    def read(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
