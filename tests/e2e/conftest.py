# SPDX-License-Identifier: MIT
"""Servers as fixtures, and what must hold after each test.

Tests run in worker processes (pytest-xdist), or in this one with -n 0."""

import ctypes
import itertools
import os
import re
import resource
import shutil
import signal
import threading

import pytest

pytest.register_assert_rewrite("harness")
HERE = os.path.dirname(os.path.abspath(__file__))
os.environ.setdefault("PUSHCGI_SRC", os.path.dirname(os.path.dirname(HERE)))
os.environ.setdefault("PUSHCGI_BUILD", os.getcwd())
os.environ["PATH"] += ":/usr/local/sbin:/usr/sbin:/sbin"

from harness import check, matrix, npm, process  # noqa: E402
from harness.channel import Channel  # noqa: E402
from harness.distribution import Distribution, is_long  # noqa: E402
from harness.pool import Pool  # noqa: E402
from harness.root import may_mount  # noqa: E402
from harness.stage import Stage  # noqa: E402

# The commands that each mark needs, unless it names others.
COMMANDS = {
    "apache": ("apache2",),
    "nginx": ("nginx",),
    "browser": ("chromium", "chromedriver"),
    "npm": ("node", "npm"),
    "needs": (),
}
PR_SET_CHILD_SUBREAPER = 36


def pytest_addoption(parser):
    group = parser.getgroup("pushcgi")
    group.addoption(
        "--alone",
        choices=("yes", "no"),
        help="only tests with the mark `alone`, or only the others",
    )
    group.addoption(
        "--short",
        action="store_true",
        help="leave out tests with the mark `long`",
    )
    group.addoption(
        "--matrix",
        action="store_true",
        help="print the table of techniques by servers",
    )


def is_worker(config):
    return hasattr(config, "workerinput")


def pytest_configure(config):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard), hard))
    # What loses its parent becomes our child, so it can be found.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    # execnet may run a worker in another thread, with `-v`.
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(
                number, interrupt if is_worker(config) else interrupt_all
            )
    config.pluginmanager.register(Selection(config))
    if not is_worker(config):
        config.pluginmanager.register(Totals())


def pytest_unconfigure(config):
    if not is_worker(config):
        process.kill_all(process.descendants(os.getpid()))


def interrupt(_number, _frame):
    """Ends the run as Ctrl-C does, once."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def interrupt_all(number, frame):
    for pid in process.children(os.getpid()):  # workers, or servers
        os.kill(pid, signal.SIGTERM)
    interrupt(number, frame)


class Selection:
    """--alone, --short, --matrix, and the order. It is registered last, so --lf comes
    first: it would run all tests if its own were deselected before."""

    def __init__(self, config):
        self.alone = config.getoption("alone")
        self.short = config.getoption("short")
        self.matrix = config.getoption("matrix")

    def wanted(self, item):
        alone = item.get_closest_marker("alone") is not None
        if self.alone and alone != (self.alone == "yes"):
            return False
        if self.short and item.get_closest_marker("long") is not None:
            return False
        if item.get_closest_marker("mounts") is not None and not may_mount():
            return False
        return not self.matrix or item.module.__name__ == "test_matrix"

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, config, items):
        yield
        left = [item for item in items if not self.wanted(item)]
        if left:
            items[:] = [item for item in items if self.wanted(item)]
            config.hook.pytest_deselected(items=left)
        items.sort(key=lambda item: not is_long(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return Distribution(config, log)


class Totals:
    """Counts tests; `run` adds up its passes."""

    def __init__(self):
        self.outcomes, self.errors = {}, 0

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.outcome != "passed":
            if self.outcomes.get(report.nodeid) != "failed":
                self.outcomes[report.nodeid] = report.outcome

    def pytest_collectreport(self, report):
        self.errors += report.failed

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report):
        """With PUSHCGI_PROGRESS=1, a line instead of a dot."""
        if os.environ.get("PUSHCGI_PROGRESS") != "1":
            return None
        if report.when != "call" and report.passed:
            return None
        kind = (
            report.outcome
            if report.when == "call" or report.skipped
            else "error"
        )
        said = f"{len(self.outcomes) + 1} {kind} {report.nodeid}\n"
        return kind, said, kind

    def pytest_sessionfinish(self):
        folder = os.environ.get("PUSHCGI_TMP")
        if folder:
            said = list(self.outcomes.values())
            with open(f"{folder}/totals-{os.getpid()}", "w") as out:
                print(
                    said.count("passed"),
                    said.count("failed") + self.errors,
                    said.count("skipped"),
                    file=out,
                )


# --- what a test needs -----------------------------------------------------


def pytest_collection_finish(session):
    """Where tests are run, so not in the parent of workers."""
    if session.config.option.collectonly:
        return
    if any(item.get_closest_marker("npm") for item in session.items):
        capture = session.config.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled():
            npm.fetch()


def pytest_runtest_setup(item):
    for mark in item.iter_markers():
        for command in mark.args or COMMANDS.get(mark.name, ()):
            if mark.name in COMMANDS and shutil.which(command) is None:
                pytest.skip(f"{command} is not installed")
    if item.get_closest_marker("npm") and npm.missing:
        pytest.skip(npm.missing)


# --- servers ---------------------------------------------------------------
#
# A crash, or a crash word in a log, is a failure of the test that just ran.


def report_faults(faults):
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)


@pytest.fixture(scope="session")
def pool():
    here = Pool()
    yield here
    report_faults(here.close())


@pytest.fixture(autouse=True)
def shared(request, pool):
    """Servers that other tests use as well, before and after: a test may
    neither kill, nor starve, nor configure them. Its channels are its own."""
    before = set(process.descendants(os.getpid()))
    pool.begin(request.node.name)
    yield pool
    process.kill_all(process.descendants(os.getpid(), before | pool.started()))
    report_faults(pool.end(request.node in FAILED))


@pytest.fixture
def stage():
    """What only this test uses: its own servers, commands and folders."""
    here = Stage()
    yield here
    faults = here.close()
    tails = here.log_tails()
    here.remove()
    report_faults(faults and [*faults, *tails])


@pytest.fixture
def channel(request):
    """The name of a channel that no other test uses."""
    name = re.sub(r"\W+", "-", request.node.name.removeprefix("test_"))
    return Channel(f"{name[:80]}.{next(NUMBERS)}")


@pytest.fixture
def site(shared):
    """lighttpd with the shipped file and default settings."""
    return shared.site()


@pytest.fixture
def redis(shared):
    return shared.redis()


@pytest.fixture
def browser(stage, shared):
    """Chromium with one empty tab. Its pages end before the stage."""
    here = shared.browser()
    yield here
    shared.leave()


# --- what is said about it -------------------------------------------------

NUMBERS = itertools.count(1)
FAILED = set()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.skipped and os.environ.get("PUSHCGI_REQUIRE") == "1":
        report.outcome = "failed"
        report.longrepr = f"skipped: {call.excinfo.value}"
    if report.failed and call.when != "teardown":
        FAILED.add(item)
        tails = []
        for name in ("stage", "shared"):
            here = getattr(item, "funcargs", {}).get(name)
            tails += here.log_tails() if here else []
        report.sections.append(("server logs", "\n".join(tails)))
    if call.when != "call":
        return
    report.user_properties += [("note", text) for text in check.NOTES]
    check.NOTES.clear()


def pytest_terminal_summary(terminalreporter, config):
    notes, columns = [], {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == "note":
                    notes.append(value)
                elif name == "matrix":
                    columns[value[0]] = value[1]
    if notes:
        terminalreporter.section("measurements")
        terminalreporter.write("\n".join(notes) + "\n")
    if config.getoption("matrix"):
        terminalreporter.section("matrix")
        terminalreporter.write(matrix.table(columns) + "\n")
