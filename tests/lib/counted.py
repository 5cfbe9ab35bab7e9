# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares what streams say with what the counting preload counted in the same run, image by image."""
import os
import re
import struct

import live

FIELDS = ["allocations", "allocated", "frees", "unknown_frees", "failures", "live_blocks", "live_bytes",
          "malloc", "calloc", "realloc", "reallocarray", "memalign", "posix_memalign", "aligned_alloc",
          "valloc", "pvalloc", "new", "new[]", "new_aligned", "new_aligned[]"]
N_TOTALS = 7  # the fields before those of the kinds
MAGIC = 0x636f756e746572


def read_counts(path):
    with open(path, "rb") as data:
        raw = data.read()
    order = "<" if struct.unpack("<Q", raw[:8])[0] == MAGIC else ">"
    values = struct.unpack(f"{order}{len(FIELDS)}Q", raw[8:8 + 8 * len(FIELDS)])
    program = raw[8 + 8 * len(FIELDS):].split(b"\0\0")[0].replace(b"\0", b" ")
    return dict(zip(FIELDS, values)), program.decode("utf-8", "replace")


def preamble(path):
    """Fields of the stream's PREAMBLE as FORMAT.md, section 3, has them: id -> bytes."""
    with open(path, "rb") as stream:
        raw = stream.read(1 << 20)
    length = int.from_bytes(raw[28:32], "little")
    payload = raw[36:36 + length]
    fields = {}
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = payload[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(payload):
        key = varint()
        size = varint()
        fields[key] = payload[at:at + size]
        at += size
    return fields


def number(value):
    return sum((byte & 127) << (7 * index) for index, byte in enumerate(value))


def images(count_base, stream_base):
    """For each image: (pid, counts or None, stream or None, program), in the order of their start."""
    counts = {}
    folder = os.path.dirname(os.path.abspath(count_base))
    for entry in os.listdir(folder):
        match = re.fullmatch(re.escape(os.path.basename(count_base)) + r"\.(\d+)(?:\.(\d+))?", entry)
        if match:
            values, program = read_counts(os.path.join(folder, entry))
            if any(values[name] for name in FIELDS[:N_TOTALS]):
                counts.setdefault(int(match[1]), []).append((int(match[2] or 0), values, program))
    found = {}
    for path in live.streams(stream_base):
        live.wait_for_end(path)
        fields = preamble(path)
        found.setdefault(number(fields[6]), []).append((number(fields[12]), path))
    for pid in sorted(set(counts) | set(found)):
        counted = sorted(counts.get(pid, []), key=lambda item: item[0])
        traced = sorted(found.get(pid, []))
        for i in range(max(len(counted), len(traced))):
            yield (pid, counted[i][1] if i < len(counted) else None,
                   traced[i][1] if i < len(traced) else None,
                   counted[i][2] if i < len(counted) else "?")


def compare(failures, setup, name, count_base, stream_base, ignored=()):
    """Checks every image's totals; returns the number of allocations compared."""
    n_allocations = 0
    for pid, counts, stream, program in images(count_base, stream_base):
        what = f"{name}: {program[:60]} ({pid})"
        if not failures.check(counts and stream, f"{what}: counted {counts}, stream {stream}"):
            continue
        os.makedirs("empty", exist_ok=True)  # no names are asked for
        read, paths = setup.read(stream, ("events",), root="empty")
        failures.equal(read.returncode, 0, f"{what}: exit code of readalloc, {read.stderr!r}")
        seen = live.events_totals(paths["events"])
        for field in FIELDS[:N_TOTALS]:
            if field not in ignored:
                failures.equal(seen[field], counts[field], f"{what}: {field}")
        for kind in FIELDS[N_TOTALS:]:
            of_kind = seen["allocations_by_kind"].get(kind, 0)
            failures.equal(of_kind, counts[kind], f"{what}: allocations by {kind}")
        n_allocations += counts["allocations"]
        for path in paths.values():
            os.unlink(path)
    return n_allocations
