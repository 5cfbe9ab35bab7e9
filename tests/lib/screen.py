# SPDX-License-Identifier: GPL-3.0-or-later
"""A screen that nobody sees, for viewers with windows: what it shows is read from its picture, and clicked on there."""
import contextlib
import csv
import io
import os
import re
import shutil
import signal
import subprocess
import sys

import live

SIZE = "1600x1100x24"


def need(*tools):
    """Ends the test, as skipped where that is allowed, if one of the tools is not there."""
    for tool in ("Xvfb", "dbus-run-session", "xdotool", "import", "tesseract", *tools):
        if not shutil.which(tool):
            print(f"{tool} is not installed: see tests/lib/packages.sh")
            sys.exit(1 if os.environ.get("CI") == "true" else 77)


def _run(argv, **options):
    return subprocess.run(argv, capture_output=True, timeout=live.TIME_LIMIT, check=False, text=True, **options).stdout


class Screen:
    """An X server without a screen, ended with the `with` statement. `home`, an absolute path, is for its programs' settings."""

    def __init__(self, home):
        self.home = home
        os.makedirs(os.path.join(home, ".config"), exist_ok=True)
        os.chmod(home, 0o700)
        with open(os.path.join(home, ".config", "kcachegrindrc"), "w", encoding="utf-8") as settings:
            settings.write("[TipOfDay]\nRunOnStart=false\n")

    def __enter__(self):
        ours, its = os.pipe()
        self._server = subprocess.Popen(["Xvfb", "-displayfd", str(its), "-screen", "0", SIZE, "-nolisten", "tcp", "-ac", "-noreset"],
                                        pass_fds=(its,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(its)
        with os.fdopen(ours) as number:
            name = ":" + number.readline().strip()
        self.environment = dict(os.environ, DISPLAY=name, HOME=self.home, XDG_RUNTIME_DIR=self.home, LC_ALL="C.UTF-8",
                                QT_QPA_PLATFORM="xcb", OMP_THREAD_LIMIT="1")
        return self

    def __exit__(self, *_):
        self._server.terminate()
        self._server.wait(live.TIME_LIMIT)

    def windows(self):
        """{title: window} of those that are to be seen."""
        found = _run(["xdotool", "search", "--onlyvisible", "--name", "."], env=self.environment).split()
        return {_run(["xdotool", "getwindowname", window], env=self.environment).strip(): window for window in found}

    def _picture(self):
        """Takes one; whether there is one. Larger letters are read better."""
        return subprocess.run(["import", "-window", "root", "-resize", "200%", "png:screen.png"], env=self.environment,
                              capture_output=True, timeout=live.TIME_LIMIT, check=False).returncode == 0

    def text(self):
        """What can be read."""
        return _run(["tesseract", "screen.png", "-", "--psm", "11"], env=self.environment) if self._picture() else ""

    def words(self):
        """[(word, x, y)] of what can be read, with the middle of each."""
        if not self._picture():
            return []
        table = _run(["tesseract", "screen.png", "-", "--psm", "11", "tsv"], env=self.environment)
        return [(row["text"], (int(row["left"]) + int(row["width"]) // 2) // 2, (int(row["top"]) + int(row["height"]) // 2) // 2)
                for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE) if (row["text"] or "").strip()]

    def point(self, x, y):
        _run(["xdotool", "mousemove", str(x), str(y)], env=self.environment)

    def click(self, x, y):
        self.point(x, y)
        _run(["xdotool", "click", "1"], env=self.environment)

    def turn(self, x, y, steps):
        """Turns the mouse's wheel there, as over a list that shows its choice: each step chooses the next one."""
        self.point(x, y)
        _run(["xdotool", "click", "--repeat", str(steps), "--delay", "50", "5"], env=self.environment)


class Viewer:
    """A program with a window whose title has `title` in it, ended with the `with` statement."""

    def __init__(self, screen, title, program, *arguments):
        self.screen, self.title = screen, title
        self.command = ["dbus-run-session", "--", program, *arguments]

    def __enter__(self):
        with open("viewer.log", "wb") as log:
            self._process = subprocess.Popen(self.command, env=self.screen.environment, stdin=subprocess.DEVNULL,
                                             stdout=log, stderr=log, start_new_session=True)
        windows = live.wait_for(lambda: [window for name, window in self.screen.windows().items() if self.title in name]
                                or self.has_ended(), f"a window {self.title!r}", pause_most=0.3)
        if windows is not True:
            _run(["xdotool", "windowsize", windows[0], "1580", "1080", "windowmove", windows[0], "0", "0"],
                 env=self.screen.environment)
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(live.TIME_LIMIT)

    def has_ended(self):
        return self._process.poll() is not None

    def wait_for(self, look, is_shown):
        """Looks until `is_shown` of what is seen, or the program or the time has ended; what was seen last."""
        seen = None

        def is_done():
            nonlocal seen
            seen = look()
            return is_shown(seen) or self.has_ended()

        try:
            live.wait_for(is_done, "the window", pause_most=0.5)
        except TimeoutError:
            pass
        return seen

    def place(self, *words):
        """Where the words stand side by side for the first time."""
        def places(seen):
            return [seen[i][1:] for i in range(len(seen)) if tuple(word[0] for word in seen[i:i + len(words)]) == words]

        found = places(self.wait_for(self.screen.words, places))
        if not found:
            raise RuntimeError(f"{self.title} does not show {words}")
        return found[0]

    def shows(self, failures, patterns):
        """The screen shows the patterns, the program runs, and no window complains."""
        def left(text):
            return [pattern for pattern in patterns if not re.search(pattern, text)]

        text = self.wait_for(self.screen.text, lambda text: not left(text))
        failures.equal(left(text), [], f"{self.title} does not show; it shows {text}")
        failures.equal(self.has_ended(), False, f"{self.title} has ended")
        failures.equal([name for name in self.screen.windows() if re.search(r"(?i)error|sorry|warning", name)], [],
                       "windows that complain")
