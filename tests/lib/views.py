# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of filters, suppressions, slices, differences and gates share: recordings of the program views, and
readalloc's answer to them."""
import json
import os
import subprocess

from live import TIME_LIMIT, Setup, next_number, wait_for_end

# Bytes and blocks that each function of tests/programs/views.c leaves behind.
LEAKS = {"parse_header": (300, 3), "parse_body": (3000, 1), "pool_get": (500, 1), "name_keep": (21, 1),
         "work": (1332, 4)}


class Views:
    def __init__(self, setup=None):
        self.setup = setup or Setup()

    def record(self, program, environment=None):
        """The stream of a run of the program."""
        path = os.path.abspath(f"{program}.{next_number()}.dump")
        done = self.setup.run([self.setup.program(program)], {"DUMPALLOC_FILE": path, **(environment or {})})
        if done.returncode != 0 or done.stderr:
            raise RuntimeError(f"{program}: ended with {done.returncode}: {done.stderr!r}")
        wait_for_end(path)
        return path

    def ask(self, stream, *options, code=0, root=None):
        """(standard output, standard error) of readalloc."""
        command = [self.setup.readalloc, "-i", stream, *options, root or self.setup.root]
        done = subprocess.run(command, capture_output=True, text=True, errors="surrogateescape", timeout=TIME_LIMIT)
        if done.returncode != code:
            raise RuntimeError(f"{command}: ended with {done.returncode}, not {code}: {done.stderr}")
        return done.stdout, done.stderr

    def json(self, stream, *options, **more):
        return json.loads(self.ask(stream, "-f", "json", "-o", "-", *options, **more)[0])

    def costs(self, stream, *options, column="live", **more):
        """{innermost function: (bytes, blocks)} of what is seen, without what is 0."""
        seen = self.json(stream, *options, **more)
        costs = {}
        for stack in seen["stacks"]:
            frames = seen["sites"][stack["sites"][0]]["frames"] if stack["sites"] else [{"function": None}]
            name = frames[0]["function"]
            cost = costs.get(name, (0, 0))
            costs[name] = (cost[0] + stack[column + "_bytes"], cost[1] + stack[column + "_blocks"])
        return {name: cost for name, cost in costs.items() if cost != (0, 0)}
