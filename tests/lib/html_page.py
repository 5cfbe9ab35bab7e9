# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of the html report in chromium, as its reader has it."""
import json

ROWS = """[...document.querySelectorAll("{} tbody tr")].map(row => [...row.cells].map(cell =>
    cell.dataset.value === undefined ? cell.innerText.trim() : Number(cell.dataset.value)))"""


class Page:
    def __init__(self, failures, chromium, path):
        self.failures = failures
        self.browser = chromium
        self.path = path
        chromium.open(path, "document.documentElement?.dataset.ready === 'yes'")

    def equal(self, seen, expected, what):
        return self.failures.equal(seen, expected, f"html: {what}")

    def number(self, selector, key="value"):
        return float(self.browser.value(f"document.querySelector({json.dumps(selector)}).dataset.{key}"))

    def text(self, selector):
        return self.browser.value(f"document.querySelector({json.dumps(selector)}).textContent")

    def tab(self, name):
        self.browser.click(f"#tab-{name}")
        self.equal(self.browser.value("[...document.querySelectorAll('[role=tabpanel]')].filter(p => !p.hidden).map(p => p.id)"),
                   [f"panel-{name}"], "panels that are seen")

    def search(self, text):
        self.browser.type("#search", text)
        self.browser.wait(f"document.querySelector('#search-sum').textContent {'!' if text else '='}== ''")
        self.browser.settle()

    def rows(self, place):
        """All rows of a table, page by page."""
        rows = self.browser.value(ROWS.format(place))
        while not self.browser.value(f"document.querySelector('{place} .pager button:nth-child(2)').disabled"):
            self.browser.click(f"{place} .pager button:nth-child(2)")
            rows += self.browser.value(ROWS.format(place))
        return rows

    def end(self):
        """Nothing was said to the console, nothing fetched."""
        self.equal(self.browser.complaints, [], "said to the console")
        self.equal(self.browser.requests, ["file://" + self.path], "what the page fetches")
