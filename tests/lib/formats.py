# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording of the known program, its costs as the callgrind report has them, and checks of other reports by them.

The callgrind report itself is held against the golden numbers (live/known-costs)."""
import collections
import re
import shutil
import subprocess
import sys

import callgrind
import live

COLUMNS = ["live_bytes", "live_blocks", "peak_bytes", "peak_blocks", "total_bytes", "total_blocks", "temporary_blocks",
           "temporary_bytes", "rounding_bytes"]
TIMED_COLUMNS = COLUMNS[:7]  # those that are known over time
ALLOCATORS = {"malloc", "calloc", "realloc", "reallocarray", "memalign", "posix_memalign", "aligned_alloc", "valloc",
              "pvalloc", "operator new", "operator new[]", "operator new(align_val_t)", "operator new[](align_val_t)"}


class Recording:
    def __init__(self, setup, stream="known.stream", program="known"):
        self.setup = setup
        self.stream = stream
        done = setup.run([setup.program(program)], {"DUMPALLOC_FILE": stream})
        if done.returncode != 0 or done.stderr:
            sys.exit(f"{program}: {done.returncode}, {done.stderr!r}")
        live.wait_for_end(stream)
        path = self.report("callgrind")
        self.profile = callgrind.Profile(path)
        self.totals = dict(zip(COLUMNS, self.profile.totals))
        with open(path, encoding="utf-8") as lines:
            names = collections.Counter(re.findall(r"^c?fn=\(\d+\) (.*)$", lines.read(), re.M))
        # Functions that share a name with another are one function to most viewers.
        self.functions = [name for name, n in names.items()
                          if n == 1 and name not in ALLOCATORS and not re.search(r"'\d+$|^\(stack", name)]

    def report(self, name, *options):
        """Writes the report `name`; returns its path."""
        read, paths = self.setup.read(self.stream, (name,), options=options)
        said = f"readalloc: wrote {paths[name]}\n".encode()
        if (read.returncode, read.stderr) != (0, said):
            sys.exit(f"readalloc -f {name} {options}: {read.returncode}, {read.stderr!r}")
        return paths[name]

    def temporary_apart(self):
        """How many temporary blocks heaptrack does not take for such, as another thread allocated in between."""
        last, n_allocated, n = {}, 0, 0
        with open(self.report("events"), encoding="utf-8", errors="surrogateescape") as lines:
            for line in lines:
                event = re.match(r"(alloc|realloc|free) seq=\d+ tid=(\d+) .*\baddr=(\S+)", line)
                if event is None:
                    continue
                n_allocated += event[1] != "free"
                if event[1] != "free":
                    last[event[2]] = event[3], n_allocated
                elif last.get(event[2], ("", 0))[0] == event[3]:
                    n += last.pop(event[2])[1] != n_allocated
        return n

    def check_functions(self, failures, stacks, columns, what):
        """`stacks`: (function names of one stack, {column: cost}) of all; they add up to the callgrind costs."""
        totals = collections.Counter()
        inclusive = collections.defaultdict(collections.Counter)
        for functions, costs in stacks:
            totals.update(costs)
            for function in set(functions):
                inclusive[function].update(costs)
        for column in columns:
            failures.equal(totals[column], self.totals[column], f"{what}: total of {column}")
        self.check_inclusive(failures, inclusive, columns, what)

    def check_inclusive(self, failures, inclusive, columns, what):
        """`inclusive`: {function: {column: cost}}."""
        n = 0
        for function in self.functions:
            expected = dict(zip(COLUMNS, self.profile.inclusive(function)))
            for column in columns:
                n += expected[column] != 0
                failures.equal(inclusive.get(function, {}).get(column, 0), expected[column],
                               f"{what}: {column} of {function}")
        failures.check(n >= 10 * len(columns) or columns[0].startswith("temporary") and n >= 5,
                       f"{what}: only {n} costs compared")


def consumer(failures, argv, code=0, **options):
    """Runs a reader of reports, which must have nothing to complain of; its standard output as text."""
    if not shutil.which(argv[0]):
        sys.exit(f"{argv[0]} is not installed: see tests/lib/packages.sh")
    done = subprocess.run(argv, capture_output=True, timeout=live.TIME_LIMIT, check=False, **options)
    failures.equal((done.returncode, done.stderr), (code, b""), f"{argv}")
    return done.stdout.decode("utf-8", "surrogateescape")
