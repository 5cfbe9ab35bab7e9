# SPDX-License-Identifier: GPL-3.0-or-later
"""run_unittest.py OUTPUT NAME...: runs modules (or single tests) of Python's own test suite, and writes to OUTPUT
a line for each test: its name, a tab, and passed, skipped, failed or error."""
import sys
import unittest

import test.support

output_path, *names = sys.argv[1:]
del sys.argv[1:]
test.support.use_resources = []  # nothing outside this machine, nothing that takes long


class Outcomes(unittest.TextTestResult):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.output = open(output_path, "a", buffering=1)
        self.failed = set()

    def tell(self, case, outcome):
        self.output.write(f"{case.id()}\t{outcome}\n")

    def addSuccess(self, case):
        super().addSuccess(case)
        if case.id() not in self.failed:
            self.tell(case, "passed")

    def addSkip(self, case, reason):
        super().addSkip(case, reason)
        self.tell(case, "skipped")

    def addFailure(self, case, error):
        super().addFailure(case, error)
        self.tell(case, "failed")

    def addError(self, case, error):
        super().addError(case, error)
        self.tell(case, "error")

    def addSubTest(self, case, subtest, error):
        super().addSubTest(case, subtest, error)
        if error is not None:
            self.failed.add(case.id())
            self.tell(case, "failed")

    def addExpectedFailure(self, case, error):
        super().addExpectedFailure(case, error)
        self.tell(case, "expected")

    def addUnexpectedSuccess(self, case):
        super().addUnexpectedSuccess(case)
        self.tell(case, "unexpected")


if __name__ == "__main__":
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    unittest.TextTestRunner(resultclass=Outcomes, verbosity=2).run(suite)
