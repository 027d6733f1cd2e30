"""Runs one file of tests with pytest in this process, with a time limit for each test, and says how each ended."""

import os
import sys

import pytest
import pytest_timeout

MESSAGE_CHARS = 300
OPTIONS = ["-q", "--tb=short", "--continue-on-collection-errors", "-p", "no:cacheprovider"]


def run(suite: dict, say) -> int:
    """pytest's exit status. Only tests with one of the suite's markers count; the first marker that fits is theirs."""
    # The runner's own modules are not the suite's to import.
    for name in [name for name in sys.modules if name.startswith("sandbox_")]:
        del sys.modules[name]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    code = pytest.main([suite["tests"], *OPTIONS, "-k", suite["keyword"]], plugins=[pytest_timeout, Reporter(suite, say)])
    sys.stdout.flush()
    sys.stderr.flush()
    return int(code)


class Reporter:
    def __init__(self, suite: dict, say) -> None:
        self.suite, self.say, self.markers = suite, say, {}

    def pytest_collection_modifyitems(self, items: list) -> None:
        for item in items:
            marker = next((name for name in self.suite["markers"] if item.get_closest_marker(name)), None)
            if marker is not None:
                item.add_marker(pytest.mark.timeout(self.suite["test_s"], method="signal"))
                self.markers[item.nodeid] = marker

    def pytest_collection_finish(self, session) -> None:
        ids = [item.nodeid for item in session.items if item.nodeid in self.markers]
        self.say({"collected": [{"name": name_of(one), "marker": self.markers[one]} for one in ids]})

    def pytest_collectreport(self, report) -> None:
        if report.failed:
            self.say({"refused": report.longreprtext[-MESSAGE_CHARS:]})

    def pytest_runtest_logreport(self, report) -> None:
        failed_early = report.when == "setup" and not report.passed
        if report.nodeid not in self.markers or not (report.when == "call" or failed_early):
            return
        text = message_of(report) if report.failed else ""
        outcome = "timeout" if text.startswith("Failed: Timeout") else report.outcome
        self.say({"ran": {"name": name_of(report.nodeid), "outcome": outcome, "message": text}})


def message_of(report) -> str:
    """What was raised, on one line, its middle left out where it is long."""
    crash = getattr(report.longrepr, "reprcrash", None)
    line = " ".join((crash.message if crash else report.longreprtext).split())
    half = MESSAGE_CHARS // 2
    return line if len(line) <= MESSAGE_CHARS else f"{line[:half]} ... {line[-half:]}"


def name_of(nodeid: str) -> str:
    return nodeid.split("::", 1)[1]
