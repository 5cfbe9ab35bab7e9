# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a program untraced and traced, and compares what can be seen of it; counts what the stream has."""
import os
import re

import live

SAID = re.compile(rb"dumpalloc: [^\n]+\n")


def seen(setup, stream, code=0):
    """What a stream has: ({bytes: blocks}, events lost); a stream without its end mark has exit code 1."""
    os.makedirs("empty", exist_ok=True)  # no names are asked for
    read, paths = setup.read(stream, ("events",), root="empty")
    if read.returncode != code:
        raise RuntimeError(f"readalloc ended with {read.returncode} on {stream}: {read.stderr!r}")
    blocks = {}
    with open(paths["events"], "rb") as report:
        for size in re.findall(rb"^(?:re)?alloc .* size=(\d+) ", report.read(), re.M):
            blocks[int(size)] = blocks.get(int(size), 0) + 1
    os.unlink(paths["events"])
    return blocks, live.lost_events(read.stderr)


def run_both(failures, setup, name, argv, environment, n_lines=0, launcher=(), **options):
    """Same exit code and output; standard error is the untraced one's and `n_lines` lines of the library (None: at
    most one). Returns the traced run. `launcher` runs natively and starts the rest."""
    def command(is_traced):
        words, additions = setup.command(argv, setup.preload() if is_traced else None)
        variables = [f"{key}={value}" for key, value in {**additions, **(environment if is_traced else {})}.items()]
        return [*launcher, "env", *variables, *words]

    if launcher:
        untraced, traced = (setup.run_plainly(command(is_traced), **options) for is_traced in (False, True))
    else:
        untraced = setup.run(argv, is_traced=False, **options)
        traced = setup.run(argv, environment, **options)
    failures.equal((traced.returncode, traced.stdout), (untraced.returncode, untraced.stdout), f"{name}: results")
    said = SAID.findall(traced.stderr)
    failures.equal(SAID.sub(b"", traced.stderr), untraced.stderr, f"{name}: standard error")
    failures.check(len(said) <= 1 if n_lines is None else len(said) == n_lines,
                   f"{name}: lines of the library: {said!r}")
    return traced


def streams_by_start(base):
    """The streams of a run, that of its first process first."""
    paths = live.streams(base)
    for path in paths:
        live.wait_for_end(path)
    return paths


def scenario(failures, setup, name, argv, expected, lost=(), variables=None, **options):
    """Runs it both ways. `expected`: for each stream {bytes: blocks}, the first process's first; `lost`: how many
    events are counted lost in each of the first streams, none in the others; `variables`:
    more of the environment."""
    stream = f"{name}.stream"
    traced = run_both(failures, setup, name, argv, {"DUMPALLOC_FILE": os.path.abspath(stream), **(variables or {})},
                      **options)
    failures.equal(traced.returncode, 0, f"{name}: exit code")
    expected = list(expected)
    sizes = sorted({size for blocks in expected for size in blocks})
    found = []
    for number, path in enumerate(streams_by_start(stream)):
        blocks, n_lost = seen(setup, path)
        failures.equal(n_lost, lost[number] if number < len(lost) else 0, f"{name}: events lost in {os.path.basename(path)}")
        found.append({size: blocks[size] for size in sizes if size in blocks})

    def order(blocks):
        return sorted(blocks.items())

    failures.equal(found[:1] + sorted(found[1:], key=order), expected[:1] + sorted(expected[1:], key=order),
                   f"{name}: blocks by stream")
