# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a callgrind file with no knowledge of who wrote it: costs per function, per edge and per line.

Written from the format's description in Valgrind's manual (cl-format).
"""
import re

COLUMNS = ["LiveBytes", "LiveBlocks", "PeakBytes", "PeakBlocks", "TotalBytes", "TotalBlocks",
           "TemporaryBlocks", "TemporaryBytes", "RoundingBytes"]
N_GOLDEN = 7  # of these the golden costs have; what is rounded is the allocator's matter


class Profile:
    """self_costs: function -> costs; edges: (caller, callee) -> costs; calls: (file, line, caller, callee)."""

    def __init__(self, path):
        self.headers = {}
        self.events = []
        self.self_costs = {}
        self.edges = {}
        self.calls = set()
        self.places = {}  # function -> (object, file)
        self.totals = None
        self.summary = None
        with open(path, encoding="utf-8", errors="surrogateescape") as lines:
            self._read(lines)

    def inclusive(self, function):
        """Self cost and the cost of all calls, as callgrind_annotate --inclusive=yes counts."""
        costs = list(self.self_costs.get(function, [0] * len(self.events)))
        for (caller, _), edge in self.edges.items():
            if caller == function:
                costs = [a + b for a, b in zip(costs, edge)]
        return costs

    def functions(self):
        return set(self.self_costs) | {caller for caller, _ in self.edges} | {
            callee for _, callee in self.edges}

    def _costs(self, words):
        numbers = [int(word) for word in words]
        if len(numbers) > len(self.events):
            raise ValueError("more costs than events")
        return numbers + [0] * (len(self.events) - len(numbers))

    def _read(self, lines):
        names = {}

        def name_of(kind, text):
            match = re.match(r"\((\d+)\)(?: (.*))?$", text)
            if not match:
                return text
            if match[2] is not None:
                if (kind, match[1]) in names:
                    raise ValueError(f"name {match[1]} defined twice")
                names[kind, match[1]] = match[2]
            return names[kind, match[1]]

        kinds = {"ob": "ob", "cob": "ob", "fl": "fl", "fi": "fl", "fe": "fl", "cfi": "fl", "cfl": "fl",
                 "fn": "fn", "cfn": "fn"}
        now = {"ob": "", "fl": "", "fn": None}
        called = {}
        is_call = False
        line_number = 0
        for raw in lines:
            text = raw.rstrip("\n")
            if not text or text.startswith("#"):
                continue
            header = re.match(r"(\w+): ?(.*)$", text)
            if header:
                self._header(header[1], header[2])
                continue
            spec = re.match(r"(\w+)=(.*)$", text)
            if spec and spec[1] == "calls":
                is_call = True
                continue
            if spec:
                key, value = spec[1], name_of(kinds[spec[1]], spec[2])
                if key in ("ob", "fn", "fl"):
                    now[key] = value
                    called = {}
                    if key == "fn":
                        self.places.setdefault(value, (now["ob"], now["fl"]))
                        now["fi"] = now["fl"]
                elif key in ("fi", "fe"):
                    now["fi"] = value
                else:
                    called[key] = value
                continue
            words = text.split()
            position = words[0]
            if position == "*":
                pass
            elif position[0] in "+-":
                line_number += int(position)
            else:
                line_number = int(position, 0)
            costs = self._costs(words[1:])
            if is_call:
                edge = self.edges.setdefault((now["fn"], called["cfn"]), [0] * len(self.events))
                edge[:] = [a + b for a, b in zip(edge, costs)]
                self.calls.add((now["fi"], line_number, now["fn"], called["cfn"]))
                is_call = False
                called = {}
            else:
                own = self.self_costs.setdefault(now["fn"], [0] * len(self.events))
                own[:] = [a + b for a, b in zip(own, costs)]

    def _header(self, key, value):
        if key == "events":
            self.events = value.split()
        elif key in ("totals", "summary"):
            setattr(self, key, [int(word) for word in value.split()])
        else:
            self.headers.setdefault(key, []).append(value)
