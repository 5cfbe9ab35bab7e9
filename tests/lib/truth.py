# SPDX-License-Identifier: GPL-3.0-or-later
"""The live sets that the processes of the program truth wrote down, and those of readalloc's reports."""
import os
import re


def written(path):
    with open(path, encoding="ascii") as lines:
        return {int(address, 16): int(size) for address, size in (line.split() for line in lines)}


def live_set(text):
    """What is live after the events."""
    blocks = {}
    for kind, rest in re.findall(r"^(alloc|free|realloc) (.*)$", text, re.M):
        fields = dict(word.split("=", 1) for word in rest.split() if "=" in word)
        blocks.pop(int(fields["old" if kind == "realloc" else "addr"], 16), None)
        if kind != "free":
            blocks[int(fields["addr"], 16)] = int(fields["size"])
    return blocks


def compare(failures, listener, folder, n_processes):
    """Each process's own live set is what its events and its profile say, block for block."""
    names = [name for name in os.listdir(folder) if name.endswith(".live")]
    failures.equal(len(names), n_processes, "processes that wrote down their live sets")
    for name in names:
        pid = name.partition(".")[0]
        expected = written(os.path.join(folder, name))
        seen = live_set(listener.read(f"truth.{pid}.events"))
        failures.check(len(expected) > 100, f"{pid}: {len(expected)} blocks")
        failures.check(seen == expected, f"{pid}: the live set: {len(seen)} blocks, not {len(expected)}, "
                       f"{len(set(seen.items()) ^ set(expected.items()))} differ")
        totals = re.search(r"^totals: (\d+) (\d+)", listener.read(f"truth.{pid}.callgrind"), re.M)
        failures.equal((int(totals[1]), int(totals[2])), (sum(expected.values()), len(expected)), f"{pid}: live bytes and blocks")
