# SPDX-License-Identifier: GPL-3.0-or-later
"""What a slice of a run costs, worked out from the report `events` of the whole run alone: nothing of it is readalloc's."""
COSTS = ("live_bytes", "live_blocks", "peak_bytes", "peak_blocks", "total_bytes", "total_blocks", "temporary_blocks",
         "temporary_bytes", "rounding_bytes")
LIFE_TIMES = ("lifetime_us", "age_us", "oldest_us")


class Event:
    def __init__(self, line):
        words = line.split()
        self.name = words[0]
        self.fields = dict(word.split("=", 1) for word in words[1:] if "=" in word)
        if self.name in ("tag", "snapshot"):
            self.text = line.rstrip("\n").split("text=" if self.name == "tag" else "name=", 1)[1]
        self.seq = int(self.fields["seq"])
        self.tid = self.fields["tid"]
        seconds, micros = self.fields["time"].split(".")
        self.time = int(seconds) * 1000000 + int(micros)
        self.site = None  # the innermost call site: the module and the place in it
        self.frames = []  # (module, function, file), "??" where it is not known; functions have no spaces in them


def read(path):
    """The events of a report, in their order; their times only ever rise."""
    events = []
    latest = 0
    with open(path, encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            if line.startswith("\t"):
                words = line.split(" ")
                if events[-1].site is None:
                    events[-1].site = words[1]
                events[-1].frames.append((words[1].rpartition("+")[0], words[2], words[-1].strip().rpartition(":")[0] or "??"))
                continue
            event = Event(line)
            latest = event.time = max(latest, event.time)
            events.append(event)
    return events


def halves(event):
    """A reallocation is a release and an allocation, each with a number."""
    if event.name == "realloc":
        return [(event.seq - 1, "free", event.fields["old"]), (event.seq, "alloc", event.fields["addr"])]
    return [(event.seq, event.name, event.fields.get("addr"))]


class Costs(dict):
    def __init__(self):
        super().__init__({name: 0 for name in COSTS})

    def add(self, size, blocks):
        self["live_bytes"] += size
        self["live_blocks"] += blocks


class Slice:
    """From the first event for which `begins` holds up to, without it, the first later one for which `ends` does."""

    def __init__(self, events, begins, ends):
        self.costs, self.by_site = Costs(), {}
        self.before_live, self.before_freed = [0, 0], [0, 0]
        self.is_within = self.is_over = False
        self.live, self.last = {}, {}
        self.lifetimes = {}  # of each site: of all blocks that were freed
        for event in events:
            for seq, what, address in halves(event):
                self._pass(event, seq, what, address, begins, ends)

    def _pass(self, event, seq, what, address, begins, ends):
        if self.is_over:
            return
        if self.is_within and ends(event, seq):
            self.is_over = True
            return
        if not self.is_within and begins(event, seq):
            self.is_within = True
            self.before_live = [sum(block[0] for block in self.live.values()), len(self.live)]
            self.last.clear()
        if what == "alloc":
            self._allocate(event, address)
        elif what == "free":
            self._free(event, address)

    def _costs_of(self, site):
        return [self.costs, self.by_site.setdefault(site, Costs())]

    def _free(self, event, address):
        block = self.live.pop(address, None)
        if block is None:
            return
        size, is_counted, site, time = block
        if not is_counted:
            if self.is_within:
                self.before_freed[0] += size
                self.before_freed[1] += 1
            return
        is_temporary = self.last.get(event.tid) == address
        for costs in self._costs_of(site):
            costs.add(-size, -1)
            costs["temporary_blocks"] += is_temporary
            costs["temporary_bytes"] += size if is_temporary else 0
        self.lifetimes[site] = self.lifetimes.get(site, 0) + event.time - time
        for tid in [tid for tid, last in self.last.items() if last == address]:
            del self.last[tid]

    def _allocate(self, event, address):
        if address in self.live:
            raise ValueError(f"{event.seq}: {address} is live already")
        size = int(event.fields["size"])
        self.live[address] = (size, self.is_within, event.site, event.time)
        self.last[event.tid] = address
        if not self.is_within:
            return
        for costs in self._costs_of(event.site):
            costs.add(size, 1)
            costs["total_bytes"] += size
            costs["total_blocks"] += 1
            costs["rounding_bytes"] += max(int(event.fields["usable"]) - size, 0)
        if self.costs["live_bytes"] > self.costs["peak_bytes"]:
            for costs in [self.costs, *self.by_site.values()]:
                costs["peak_bytes"], costs["peak_blocks"] = costs["live_bytes"], costs["live_blocks"]

    def life_times(self, now):
        """{site: what LIFE_TIMES name, at the time `now`}."""
        times = {site: [self.lifetimes.get(site, 0), 0, 0] for site in self.by_site}
        for _, is_counted, site, time in self.live.values():
            if is_counted:
                age = max(now - time, 0)
                times[site] = [times[site][0], times[site][1] + age, max(times[site][2], age)]
        return times


class Block:
    def __init__(self, event, begin):
        self.size, self.time, self.begin = int(event.fields["size"]), event.time, begin
        self.kind, self.tid, self.frames = event.fields["kind"], event.tid, event.frames
        self.rounding = max(int(event.fields["usable"]) - self.size, 0)
        self.end = self.life = None  # it is live
        self.is_temporary = False


def blocks_of(events):
    """(all blocks of the run, the number of the half event after which most bytes are live for the first time)."""
    blocks, live, last = [], {}, {}
    bytes_now = most = peak = n = 0
    for event in events:
        for _, what, address in halves(event):
            n += 1
            if what == "alloc":
                live[address] = last[event.tid] = block = Block(event, n)
                blocks.append(block)
                bytes_now += block.size
                most, peak = (bytes_now, n) if bytes_now > most else (most, peak)
            elif what == "free" and address in live:
                block = live.pop(address)
                block.end, block.life, block.is_temporary = n, event.time - block.time, last.get(event.tid) is block
                bytes_now -= block.size
                last = {tid: other for tid, other in last.items() if other is not block}
    return blocks, peak


def lived(events, admits):
    """What the blocks cost whose life in microseconds `admits` takes, None being that of what is live."""
    return counted(blocks_of(events), lambda block: admits(block.life))


def counted(blocks_and_peak, admits):
    """What the blocks cost that `admits` takes; of the peak, what they have of that of all."""
    blocks, peak = blocks_and_peak
    costs = Costs()
    for block in blocks:
        if admits(block):
            is_at_peak = block.begin <= peak and (block.end is None or block.end > peak)
            for name, is_counted in (("live", block.end is None), ("peak", is_at_peak), ("total", True),
                                     ("temporary", block.is_temporary)):
                costs[f"{name}_bytes"] += block.size if is_counted else 0
                costs[f"{name}_blocks"] += is_counted
            costs["rounding_bytes"] += block.rounding
    return costs


def at_time(microseconds):
    return lambda event, seq: event.time >= microseconds


def at_event(number):
    return lambda event, seq: seq >= number


def at_tag(text):
    return lambda event, seq: event.name == "tag" and event.text == text


def never(event, seq):
    return False
