# SPDX-License-Identifier: MIT
"""Runs tests, each in a process and a process group of its own, and prints
TAP in the order of the list."""
import glob
import json
import os
import resource
import selectors
import shutil
import signal
import sys
import time
import traceback

from harness.stage import Stage, folder_prefix
from harness.tap import Failed, Skip

GRACE = 20  # seconds to stop its servers, for a test that ran out of time


class OutOfTime(Exception):
    pass


class Running:
    def __init__(self, test, number, pid, pipe):
        self.test, self.number, self.pid, self.pipe = test, number, pid, pipe
        self.kill_at = time.monotonic() + test.limit + GRACE
        self.text = b""


def missing(test):
    """Why the test cannot run here, or None."""
    for command in test.needs:
        if shutil.which(command, path=search_path()) is None:
            return f"{command} is not installed"
    return None


def search_path():
    return os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"


def alarm(_number, _frame):
    raise OutOfTime()


def leave(_number, _frame):
    raise SystemExit("told to stop")


def perform(test):
    """Runs a test; returns {"kind": ok|skip|fail, "why": [...]}."""
    signal.signal(signal.SIGALRM, alarm)
    signal.signal(signal.SIGTERM, leave)
    signal.alarm(test.limit)
    stage = Stage()
    try:
        test.function(stage)
        result = {"kind": "ok", "why": []}
    except Skip as why:
        result = {"kind": "skip", "why": [str(why)]}
    except Failed as why:
        where = traceback.extract_tb(why.__traceback__)
        own = [f for f in where if "/harness/" not in f.filename]
        at = own[-1] if own else where[-1]
        place = f"{os.path.basename(at.filename)}:{at.lineno}"
        result = {"kind": "fail", "why": [f"{place}: {why}"]}
    except OutOfTime:
        lines = traceback.format_exc(limit=-6).splitlines()
        result = {"kind": "fail",
                  "why": [f"not done in {test.limit} s"] + lines}
    except BaseException:
        result = {"kind": "fail", "why": traceback.format_exc().splitlines()}
    signal.alarm(0)
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    faults = stage.close()
    if result["kind"] == "ok" and faults:
        result = {"kind": "fail", "why": faults}
    if result["kind"] == "fail":
        result["why"] += stage.log_tails()
    stage.remove()
    return result


def start(test, number):
    read_end, write_end = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        os.close(read_end)
        with os.fdopen(write_end, "w") as out:
            json.dump(perform(test), out)
        os._exit(0)
    os.close(write_end)
    return Running(test, number, pid, read_end)


def finish(running):
    os.close(running.pipe)
    try:
        os.killpg(running.pid, signal.SIGKILL)  # whatever it left behind
    except ProcessLookupError:
        pass
    os.waitpid(running.pid, 0)
    for left in glob.glob(f"/tmp/{folder_prefix(running.pid)}*"):
        shutil.rmtree(left, ignore_errors=True)
    try:
        return json.loads(running.text)
    except ValueError:
        return {"kind": "fail", "why": ["the test died without a word"]}


def printable(text):
    return "".join(c if c.isprintable() or c == "\t" else "?" for c in text)


class Report:
    def __init__(self, tests):
        self.tests, self.results, self.printed = tests, {}, 0
        self.strict = os.environ.get("PUSHCGI_REQUIRE") == "1"
        self.failed = False
        print(f"1..{len(tests)}", flush=True)

    def add(self, number, result):
        self.results[number] = result
        while self.printed in self.results:
            self.show(self.tests[self.printed], self.results[self.printed])
            self.printed += 1

    def show(self, test, result):
        line = f"{self.printed + 1} - {test.name}"
        if result["kind"] == "skip" and not self.strict:
            print(f"ok {line} # SKIP {result['why'][0]}", flush=True)
            return
        if result["kind"] == "ok":
            print(f"ok {line}", flush=True)
            return
        self.failed = True
        print(f"not ok {line}")
        for why in result["why"]:
            for text in str(why).splitlines():
                print(f"# {printable(text[:400])}")
        sys.stdout.flush()


def may_start(waiting, active, jobs):
    if not waiting or len(active) >= jobs:
        return False
    if any(r.test.alone for r in active):
        return False
    return not (waiting[0][1].alone and active)


def look(selector, active, report):
    """Takes what running tests say; reports those that ended."""
    for key, _ in selector.select(timeout=0.5):
        running = key.data
        data = os.read(running.pipe, 65536)
        running.text += data
        if not data:
            selector.unregister(running.pipe)
            active.remove(running)
            report.add(running.number, finish(running))
    for running in active:
        if time.monotonic() > running.kill_at:
            os.killpg(running.pid, signal.SIGKILL)


def run(tests):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard), hard))
    os.environ["PATH"] = search_path()
    report, selector = Report(tests), selectors.DefaultSelector()
    jobs = int(os.environ.get("PUSHCGI_JOBS", "4"))
    waiting, active = [], []
    for number, test in enumerate(tests):
        why = missing(test)
        if why:
            report.add(number, {"kind": "skip", "why": [why]})
        else:
            waiting.append((number, test))
    signal.signal(signal.SIGTERM, leave)
    waiting.sort(key=lambda w: not w[1].alone)  # the heavy ones first
    try:
        while waiting or active:
            while may_start(waiting, active, jobs):
                number, test = waiting.pop(0)
                active.append(start(test, number))
                selector.register(active[-1].pipe, selectors.EVENT_READ,
                                  active[-1])
            look(selector, active, report)
    except (KeyboardInterrupt, SystemExit):
        for running in active:
            os.kill(running.pid, signal.SIGTERM)
            finish_quietly(running)
        return 1
    return 1 if report.failed else 0


def finish_quietly(running):
    end = time.monotonic() + GRACE
    while time.monotonic() < end and os.read(running.pipe, 65536):
        pass
    finish(running)
