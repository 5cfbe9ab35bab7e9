# SPDX-License-Identifier: GPL-3.0-or-later
"""The names that readalloc gives to addresses of a file."""
import re
import subprocess

import elf
import made_stream

FRAME = re.compile(r"\t0x[0-9a-f]+ \S+\+0x([0-9a-f]+) (.*?) (\S+)(?: how=\w+)?(?: exact)?$")


def build_id(file):
    section = file.section(".note.gnu.build-id")
    return file.data[section.offset + 16:section.offset + section.size] if section else b""


def stream_of(path, file, addresses, flags=1, identity=None):
    """A stream in which blocks were allocated at `addresses` as linked of the target's file `path`, which was loaded as
    `file` (an elf.File) says. Each is taken for one of an interrupted instruction."""
    stream = made_stream.Stream(file.machine, file.word, file.order == "<")
    bias = 0 if file.type == 2 else 0x10000000
    segments = [(segment[3], segment[5], segment[1]) for segment in file.segments if segment[0] == 1]
    stream.map(path, bias, segments, build_id(file) if identity is None else identity, flags)
    for address in addresses:
        stream.alloc([(bias + address, made_stream.HOW_TABLES | made_stream.HOW_EXACT)])
    return stream.finish()


def ask(readalloc, path, file, addresses, options, **more):
    """({address: [(function, "file:line")] innermost first}, lines on stderr) for the stream_of() these."""
    stream = stream_of(path, file, addresses, **more)
    run = subprocess.run([readalloc, "-f", "events", *options], input=stream, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, check=False)
    if run.returncode != 0:
        raise ValueError(f"readalloc {options}: exit {run.returncode}: {run.stderr.decode()}")
    found = {}
    for line in run.stdout.decode(errors="replace").split("\n"):
        match = FRAME.match(line)
        if line.startswith("\t") and not match:
            raise ValueError(f"not a frame: {line}")
        if match:
            found.setdefault(int(match[1], 16), []).append((match[2], match[3]))
    return found, run.stderr.decode().splitlines()
