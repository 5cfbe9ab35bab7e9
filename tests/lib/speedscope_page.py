# SPDX-License-Identifier: GPL-3.0-or-later
"""speedscope in chromium, as its user has it: the table of functions of one profile."""
import json
import os
import re

SANDWICH = """[...document.querySelectorAll("*")].reverse().find(e => /Sandwich$/.test(e.textContent)).click()"""
# The middle of the toolbar's title, below which the list of profiles opens for the pointer.
TITLE = r"""(() => {
    const title = [...document.querySelectorAll("*")].reverse().find(e => /^.* \(\d+\/\d+\)$/.test(e.textContent));
    const box = title.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
})()"""
ROW = r"/^[\d.,]+(?: [KM]?B)? \([^)]*\)$/m"


class SpeedscopePage:
    def __init__(self, chromium, path):
        self.browser = chromium
        chromium.resize(1400, 6000)  # its table has the rows that are to be seen
        chromium.open(os.environ["SPEEDSCOPE"], "document.querySelector('input[type=file]') !== null")
        chromium.choose_file("input[type=file]", path)
        chromium.wait("document.body.innerText.includes('(1/9)')")
        chromium.value(SANDWICH)
        self.wait_for_table("(1/9)")
        # It says how it draws and what it imports.
        chromium.complaints = [line for line in chromium.complaints
                               if not re.match(r"speedscope v|WebGL|\[.*WebGL|\[\]Auto|Importing|import:", line)]

    def wait_for_table(self, title):
        """Its rows are drawn after its head."""
        self.browser.wait(f"document.body.innerText.includes({json.dumps(title)}) && document.body.innerText.includes('Symbol Name')"
                          f" && {ROW}.test(document.body.innerText)")

    def choose(self, profile):
        """Shows this one of the file's profiles."""
        self.browser.mouse("mouseMoved", self.browser.value(TITLE))
        self.browser.settle()
        self.browser.click(f"tr[title={json.dumps(profile)}]")
        self.browser.mouse("mouseMoved", (10, 3000))
        self.wait_for_table(f"{profile} (")

    def rows(self):
        """[(total, self, function)] as they stand in the table, without shares."""
        return re.findall(r"^([\d.,]+(?: [KM]?B)?) \([^)]*\)\n\s*([^\n(]*) \([^)]*\)\n\s*([^\n]+)$",
                          self.browser.value("document.body.innerText"), re.M)
