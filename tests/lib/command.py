# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `dumpalloc` of the target."""
import os
import re
import shutil
import subprocess

import live


class Command:
    def __init__(self, setup):
        self.path = os.path.join(os.path.dirname(setup.library), "dumpalloc")
        if setup.is_emulated:
            os.makedirs(os.path.join(setup.root, "usr/bin"), exist_ok=True)
            self.path = shutil.copy(self.path, os.path.join(setup.root, "usr/lib/dumpalloc"))
        self.setup = setup

    def __call__(self, *arguments, **variables):
        words, additions = self.setup.command([self.path, *arguments])
        environment = {key: value for key, value in os.environ.items() if not key.startswith("DUMPALLOC_")}
        done = subprocess.run(words, env={**environment, **additions, **variables}, capture_output=True,
                              timeout=live.TIME_LIMIT, check=False)
        done.lines = done.stdout.decode(errors="replace").splitlines()
        done.said = done.stderr.decode(errors="replace")
        return done

    def variables(self):
        """{variable: (option, what it accepts)} of all there are, in the library's order."""
        text = self("run", "--help").stdout.decode()
        return {variable: (option, accepted)
                for option, variable, accepted in re.findall(r"^  (?:-\w, )?(--\S+) VALUE\n +(DUMPALLOC_\w+): (.*)$", text, re.M)}
