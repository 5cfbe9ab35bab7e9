#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""assemble FILE.hex > FILE: the bytes as listed, two hexadecimal digits each; # begins a comment."""
import sys


def assemble(text):
    lines = (line.split("#", 1)[0] for line in text.splitlines())
    return b"".join(bytes.fromhex(line) for line in lines)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="ascii") as file:
        sys.stdout.buffer.write(assemble(file.read()))
