# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs real programs with the library preloaded, on the target the build is for.

What the build tells a test by its environment is listed in tests/CMakeLists.txt. A test works in the
current directory, which is its own and empty. Nothing here sleeps for a fixed time: it waits for a
condition, and gives up with a message.
"""
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time

TIME_LIMIT = 60  # seconds that nothing here should ever take
X86 = ["native", "clang", "asan", "i386"]  # targets
LINKED = X86 + ["arm64"]  # those where stacks lead by frame pointers through code of no module


class Failures:
    """Collects what does not hold; a test goes on and tells all at once."""

    def __init__(self):
        self.n_checks = 0
        self.lines = []

    def check(self, is_true, text):
        self.n_checks += 1
        if not is_true:
            self.lines.append(text)
            print("FAILED:", text, flush=True)
        return bool(is_true)

    def equal(self, seen, expected, text):
        return self.check(seen == expected, f"{text}: expected {expected!r}, got {seen!r}")

    def leave_out(self, text):
        """Says what this machine lets nobody try; where CI=true that is a failure."""
        if os.environ.get("CI") == "true":
            self.check(False, text)
        else:
            print(text, flush=True)

    def finish(self):
        print(f"{self.n_checks} checks, {len(self.lines)} failed")
        if self.n_checks == 0:
            sys.exit("nothing was checked")
        sys.exit(1 if self.lines else 0)


def wait_for(condition, what, limit=TIME_LIMIT, pause_most=0.05):
    """Polls until `condition` gives something true, and returns that."""
    end = time.monotonic() + limit
    pause = 0.001
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise TimeoutError(f"waited {limit} s for: {what}")
        time.sleep(pause)
        pause = min(pause * 2, pause_most)


def free_port():
    """A TCP port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_listening(port):
    state = re.compile(rf"^\s*\d+: [0-9A-F]+:{port:04X} [0-9A-F]+:0000 0A ", re.M)
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if os.path.exists(table):
            with open(table) as lines:
                if state.search(lines.read()):
                    return True
    return False


def lay(path, name):
    """A file by another name, which no test writes to: hundreds of them have a root file system of their own, of up to 40 MB."""
    try:
        os.link(path, name)
    except OSError:
        shutil.copy(path, name)


class Setup:
    def __init__(self, root=None):
        """`root`: a root file system to run in, instead of one made of the sysroot and the test programs."""
        env = os.environ
        self.target = env["TARGET"]
        self.emulator = shlex.split(env["EMULATOR"])
        self.sysroot = env["SYSROOT"]
        self.library = env["LIBDUMPALLOC"]
        self.readalloc = env["READALLOC"]
        self.programs = env["PROGRAMS"]
        self.source = env["SOURCE"]
        self.source_prefix = env["SOURCE_PREFIX"]
        self.is_emulated = bool(self.emulator)
        self.root = "/"
        if root:
            self.root = os.path.abspath(root)
        elif self.is_emulated:
            self._make_root()

    def traces_host_programs(self):
        """Whether the library can be loaded by this machine's own programs."""
        def kind(path):
            with open(path, "rb") as file:
                head = file.read(20)
            return head[4:6], head[18:20]  # class and byte order, machine

        return kind(self.library) == kind(os.path.realpath("/bin/sh"))

    def _make_root(self):
        """A root file system with the target's libraries, the tracer and the test programs."""
        self.root = os.path.abspath("root")
        for name in ("lib", "lib32", "lib64"):
            folder = os.path.join(self.sysroot, name)
            if not os.path.isdir(folder):
                continue
            os.makedirs(os.path.join(self.root, name), exist_ok=True)
            for entry in os.listdir(folder):
                path = os.path.join(folder, entry)
                if re.search(r"\.so\.\d+$", entry) and os.path.isfile(path):
                    lay(os.path.realpath(path), os.path.join(self.root, name, entry))
        os.makedirs(os.path.join(self.root, "usr/bin"))
        os.makedirs(os.path.join(self.root, "usr/lib"))
        lay(self.library, os.path.join(self.root, "usr/lib/libdumpalloc.so"))
        if os.path.isdir(self.programs):
            for entry in os.listdir(self.programs):
                lay(os.path.join(self.programs, entry), os.path.join(self.root, "usr/bin", entry))
                if entry.endswith(".so") and os.environ["LIBC"] == "uclibc":  # whose dlopen does not look there
                    lay(os.path.join(self.programs, entry), os.path.join(self.root, "usr/lib", entry))

    def program(self, name):
        """Where the test program `name` is for the one who starts it."""
        return os.path.join(self.root, "usr/bin", name) if self.is_emulated else os.path.join(
            self.programs, name)

    def preload(self):
        """The library's path as the target names it."""
        return "/usr/lib/libdumpalloc.so" if self.is_emulated else self.library

    def command(self, argv, preload=None):
        """(argv, environment additions) that run `argv` with `preload`, a path of the target."""
        if not self.is_emulated:
            return list(argv), ({"LD_PRELOAD": preload} if preload else {})
        emulator = [self.root if word == self.sysroot else word for word in self.emulator]
        if preload:
            emulator += ["-E", "LD_PRELOAD=" + preload]
        return emulator + list(argv), {}

    def start(self, argv, environment=None, is_traced=True, preload=None, **options):
        """Starts `argv` with stdout and stderr piped; returns the Popen object."""
        if preload is None and is_traced:
            preload = self.preload()
        argv, additions = self.command(argv, preload)
        return self._start(argv, {**additions, **(environment or {})}, options)

    @staticmethod
    def _start(argv, environment, options):
        env = {key: value for key, value in os.environ.items() if not key.startswith("DUMPALLOC_")}
        env.pop("LD_PRELOAD", None)
        env.update(environment)
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen(argv, env=env, **options)

    def run_plainly(self, argv, **options):
        """Runs a command of this machine, untraced, to its end; what it starts may be traced."""
        return self._finish(argv, self._start(argv, {}, options), TIME_LIMIT)

    def run(self, argv, environment=None, limit=TIME_LIMIT, **options):
        """Runs `argv` to its end: CompletedProcess with bytes of stdout and stderr."""
        return self._finish(argv, self.start(argv, environment, **options), limit)

    @staticmethod
    def _finish(argv, process, limit):
        try:
            out, err = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise TimeoutError(f"{argv} did not end within {limit} s; stderr: {err!r}")
        return subprocess.CompletedProcess(argv, process.returncode, out, err)

    def read(self, stream, formats=("callgrind",), root=None, options=()):
        """Gives the stream (a path or bytes) to readalloc; returns (CompletedProcess, paths by format)."""
        argv = [self.readalloc]
        paths = {}
        for name in formats:
            paths[name] = os.path.abspath(f"report{next_number()}.{name}")
            argv += ["-f", name, "-o", paths[name]]
        argv += list(options) + [root or self.root]
        if isinstance(stream, bytes):
            done = subprocess.run(argv, input=stream, capture_output=True, timeout=TIME_LIMIT)
        else:
            with open(stream, "rb") as data:
                done = subprocess.run(argv, stdin=data, capture_output=True, timeout=TIME_LIMIT)
        return done, paths

    def listen(self, command):
        """Starts `nc -lp PORT | command` and waits until it listens; returns (port, Popen of the shell)."""
        for _ in range(10):
            port = free_port()
            pipeline = subprocess.Popen(["sh", "-c", f"nc -lp {port} | {command}"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
            wait_for(lambda: is_listening(port) or pipeline.poll() is not None, "nc to listen")
            if pipeline.poll() is None:
                return port, pipeline
        raise RuntimeError("nc found no port to listen on")


_numbers = iter(range(1, 1 << 30))


def next_number():
    return next(_numbers)


def end_of_stream(path):
    """True when the stream's last block is END: its writer has finished."""
    with open(path, "rb") as stream:
        data = stream.read()
    at = data.rfind(b"\xda\x7a\xb1\x0c")
    return at >= 0 and len(data) >= at + 24 and data[at + 4] == 3 and (
        len(data) == at + 24 + int.from_bytes(data[at + 16:at + 20], "little"))


def wait_for_end(path):
    """Waits until the relay has written the last block of the stream."""
    wait_for(lambda: os.path.exists(path) and end_of_stream(path), f"the end of {path}")


def events_totals(path):
    """Counts an events report: what was allocated and freed, in the words of count_preload.c."""
    totals = {"allocations": 0, "allocated": 0, "frees": 0, "failures": 0, "live_blocks": 0,
              "live_bytes": 0, "unknown_frees": 0}
    kinds = {}
    live = {}

    def free(address):
        if address in live:
            del live[address]
            totals["frees"] += 1
        else:
            totals["unknown_frees"] += 1

    with open(path, encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            if line[0] == "\t":
                continue
            words = line.split()
            if words[0] not in ("alloc", "free", "realloc", "fail"):
                continue
            fields = dict(word.split("=", 1) for word in words[1:] if "=" in word)
            if words[0] == "fail":
                totals["failures"] += 1
                continue
            if words[0] == "free":
                free(fields["addr"])
                continue
            kinds[fields["kind"]] = kinds.get(fields["kind"], 0) + 1
            if words[0] == "realloc":
                free(fields["old"])
            size = int(fields["size"])
            totals["allocations"] += 1
            totals["allocated"] += size
            live[fields["addr"]] = size
    totals["live_blocks"] = len(live)
    totals["live_bytes"] = sum(live.values())
    totals["allocations_by_kind"] = kinds
    return totals


def stacks_told(path):
    """What a summary says of the call stacks: (how many there are, how many of them are whole, the walker)."""
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        told = re.search(r"^Call stacks +([\d,]+) whole \([\d.]+ %\), found by walker (\w+)\n((?: .*\n)*)",
                         file.read(), re.M)
    if not told:
        raise ValueError(f"{path} says nothing of call stacks")
    counts = [int(count.replace(",", "")) for count in re.findall(r"^ +([\d,]+) cut ", told[3], re.M)]
    whole = int(told[1].replace(",", ""))
    return whole + sum(counts), whole, told[2]


def lost_events(messages):
    """How many events did not arrive, by what readalloc wrote to standard error."""
    told = re.search(rb"^readalloc: input: (\d+) (?:event was|events were) lost on the way", messages, re.M)
    return int(told[1]) if told else 0


def streams(base):
    """The streams written for DUMPALLOC_FILE=base: base itself, base.PID, base.PID.1 ... that are not empty."""
    folder = os.path.dirname(os.path.abspath(base))
    name = re.compile(re.escape(os.path.basename(base)) + r"(\.\d+)*$")
    paths = [os.path.join(folder, entry) for entry in sorted(os.listdir(folder)) if name.match(entry)]
    return [path for path in paths if os.path.getsize(path) > 0]


def blocks_by_size(setup, stream, code=0):
    """Allocations in the stream: {size: number}; the stream must be readable with this exit code.

    No names are asked for: the root file system given is an empty directory.
    """
    os.makedirs("empty", exist_ok=True)
    read, paths = setup.read(stream, ("events",), root="empty")
    if read.returncode != code:
        raise RuntimeError(f"readalloc ended with {read.returncode} on {stream}: {read.stderr!r}")
    sizes = {}
    with open(paths["events"], encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            match = re.match(r"(?:alloc|realloc) .*\bsize=(\d+)\b", line)
            if match:
                size = int(match[1])
                sizes[size] = sizes.get(size, 0) + 1
    os.unlink(paths["events"])
    return sizes
