# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide, dumpalloc-guide(7), and what its reader has: its example, and the commands it names."""
import os
import re
import shlex
import subprocess

import live


def example(source):
    return os.path.join(source, "libdumpalloc/examples/mailroom.c")


def page():
    """The text of the manual page as it is installed."""
    path = os.environ["GUIDE"]
    shown = subprocess.run(["mandoc", "-T", "ascii", "-O", "width=130", path], capture_output=True, text=True, check=True,
                           timeout=live.TIME_LIMIT).stdout
    return re.sub(".\b", "", shown)  # bold and underlined letters are struck twice


def chapter(source):
    """The chapter of the README."""
    with open(os.path.join(source, "README.md"), encoding="utf-8") as file:
        return re.search(r"^## From a recording to the line\n(.*?)^## ", file.read(), re.M | re.S)[1]


def commands(setup):
    """The environment with the commands of the guide, which make, trace and read programs of the target."""
    folder = os.path.abspath("commands")
    os.mkdir(folder)
    traced, additions = setup.command(['"$@"'], setup.preload())
    scripts = {
        "cc": f'exec {os.environ["COMPILER"]} "$@"',
        # run -o FILE -- PROGRAM: the rest is the matter of live/command
        "dumpalloc": 'test "$1 $2 $4" = "run -o --" || exit 2\nexport DUMPALLOC_FILE="$3"\nshift 4\n'
                     + f'exec env {shlex.join(f"{key}={value}" for key, value in additions.items())} '
                     + " ".join(word if word == '"$@"' else shlex.quote(word) for word in traced),
        # the root file system comes last
        "readalloc": "for word; do\n\tshift\n"
                     f'\t[ "$word" != / ] || word={shlex.quote(setup.root)}\n\tset -- "$@" "$word"\ndone\n'
                     # made here, an emulated program is in no root file system
                     f'exec {shlex.quote(setup.readalloc)} --extra "$PWD" "$@"',
    }
    for name, script in scripts.items():
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\n{script}\n")
        os.chmod(path, 0o755)
    return dict(os.environ, PATH=f"{folder}:{os.environ['PATH']}", LC_ALL="C.UTF-8")
