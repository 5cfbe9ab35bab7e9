# SPDX-License-Identifier: GPL-3.0-or-later
"""Chromium without a window, driven by its DevTools protocol through a pair of pipes: real clicks and keys.

Everything that the page says to the console, throws or tries to fetch is kept in `complaints`."""
import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time

import live

ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions",
             "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-sync",
             "--disable-dev-shm-usage", "--hide-scrollbars", "--password-store=basic", "--remote-debugging-pipe"]
KEYS = {"Enter": 13, "Escape": 27, "Home": 36, "End": 35, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39,
        "ArrowDown": 40, "Tab": 9}


def need():
    """Ends the test, as skipped where that is allowed, if there is no chromium."""
    if not shutil.which("chromium"):
        print("chromium is not installed: see tests/lib/packages.sh")
        sys.exit(1 if os.environ.get("CI") == "true" else 77)


class Browser:
    """`folder`, an absolute path, is for its profile and what it says."""

    def __init__(self, folder, width=1400, height=900):
        need()
        os.makedirs(folder, exist_ok=True)
        child_in, self._to = os.pipe()
        self._from, child_out = os.pipe()
        # The browser wants them as its descriptors 3 and 4, wherever they are here.
        wrapper = ["sh", "-c", f'exec "$@" 3<&{child_in} 4>&{child_out}', "sh"]
        with open(os.path.join(folder, "browser.log"), "wb") as log:
            self._process = subprocess.Popen(
                wrapper + ["chromium", *ARGUMENTS, f"--user-data-dir={os.path.join(folder, 'profile')}",
                           f"--window-size={width},{height}", "about:blank"],
                pass_fds=(child_in, child_out), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, "HOME": folder})
        os.close(child_in)
        os.close(child_out)
        self._buffer = b""
        self._number = 0
        self._session = None
        self.complaints = []
        self.requests = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.resize(width, height)

    def close(self):
        os.close(self._to)
        os.close(self._from)
        self._process.terminate()
        try:
            self._process.wait(live.TIME_LIMIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.close()

    def _message(self, end):
        while b"\0" not in self._buffer:
            ready = select.select([self._from], [], [], max(end - time.monotonic(), 0))[0]
            if not ready:
                raise TimeoutError("the browser did not answer")
            data = os.read(self._from, 1 << 20)
            if not data:
                raise RuntimeError("the browser ended: see browser.log")
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def _note(self, message):
        method, params = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Runtime.consoleAPICalled":
            self.complaints.append(" ".join(str(arg.get("value")) for arg in params["args"]))
        elif method == "Log.entryAdded":
            self.complaints.append(f"{params['entry']['text']} {params['entry'].get('url')}")
        elif method == "Page.javascriptDialogOpening":
            self.complaints.append(f"dialog: {params['message']}")
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])

    def call(self, method, **params):
        """One command of the protocol; its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + live.TIME_LIMIT
        while True:
            answer = self._message(end)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self._note(answer)

    def resize(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def prefer(self, scheme):
        """What the system prefers: light or dark."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, path, ready):
        """Opens a file; returns once the expression `ready` is true in it."""
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        self.wait(ready)

    def value(self, expression):
        """What a JavaScript expression is in the page, as far as JSON has it."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait(self, expression):
        return live.wait_for(lambda: self.value(expression), expression)

    def settle(self):
        """Until the page has drawn what was asked for."""
        self.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")

    def place(self, selector, x=0.5, y=0.5):
        """A point within the first element that `selector` finds, after it was scrolled to, and drawn there: clicks go to
        where things are drawn."""
        found = self.value(f"""(async () => {{ const e = document.querySelector({json.dumps(selector)});
            if (!e) return null;
            const before = e.getBoundingClientRect().y;
            e.scrollIntoView({{block: "nearest"}});
            if (e.getBoundingClientRect().y !== before)
                for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
            const r = e.getBoundingClientRect();
            return [r.x + r.width * {x}, r.y + r.height * {y}, r.width, r.height]; }})()""")
        if not found or not found[2] or not found[3]:
            raise RuntimeError(f"{selector} is not to be seen")
        return found[0], found[1]

    def mouse(self, kind, at, **more):
        self.call("Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], **more)

    def click_at(self, at, count=1):
        self.mouse("mouseMoved", at)
        for n in range(1, count + 1):
            self.mouse("mousePressed", at, button="left", clickCount=n)
            self.mouse("mouseReleased", at, button="left", clickCount=n)
        self.settle()

    def click(self, selector, x=0.5, y=0.5, count=1):
        self.click_at(self.place(selector, x, y), count)

    def drag(self, selector, x_from, x_to):
        start, end = self.place(selector, x_from), self.place(selector, x_to)
        self.mouse("mouseMoved", start)
        self.mouse("mousePressed", start, button="left", clickCount=1)
        for step in (0.3, 0.7, 1):
            self.mouse("mouseMoved", (start[0] + (end[0] - start[0]) * step, end[1]), button="left", buttons=1)
        self.mouse("mouseReleased", end, button="left", clickCount=1)
        self.settle()

    def key(self, key, n=1, settles=True):
        """Presses a key `n` times."""
        code = {"key": key, "code": key, "windowsVirtualKeyCode": KEYS[key]}
        if key == "Enter":
            code["text"] = "\r"
        for _ in range(n):
            self.call("Input.dispatchKeyEvent", type="keyDown", **code)
            self.call("Input.dispatchKeyEvent", type="keyUp", **code)
        if settles:
            self.settle()

    def type(self, selector, text):
        """Replaces what is in an input field."""
        self.click(selector)
        self.value(f"document.querySelector({json.dumps(selector)}).select()")
        self.call("Input.insertText", text=text)

    def choose(self, selector, value):
        """Chooses an option of a select element by keys."""
        at, wanted = self.value(f"""(() => {{ const e = document.querySelector({json.dumps(selector)}); e.focus();
            const values = [...e.options].filter(o => !o.disabled).map(o => o.value);
            return [values.indexOf(e.value), values.indexOf({json.dumps(value)})]; }})()""")
        if wanted < 0:
            sys.exit(f"{selector} has no option {value!r}")
        self.key("ArrowDown" if wanted > at else "ArrowUp", abs(wanted - at))
        chosen = self.value(f"document.querySelector({json.dumps(selector)}).value")
        if chosen != value:
            sys.exit(f"{selector}: {value!r} was chosen, it is {chosen!r}")

    def choose_file(self, selector, path):
        """Gives a file to an input element."""
        element = self.call("Runtime.evaluate", expression=f"document.querySelector({json.dumps(selector)})")["result"]["objectId"]
        self.call("DOM.setFileInputFiles", objectId=element, files=[os.path.abspath(path)])

    def picture(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
