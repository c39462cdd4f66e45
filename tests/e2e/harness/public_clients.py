# SPDX-License-Identifier: MIT
"""Clients of others, as they are: in node, and in pages in Chromium."""
import fcntl
import json
import os
import shutil
import subprocess
import tempfile

from harness.process import Process, clean_environment
from harness.site import build, source
from harness.tap import Skip
from harness.webdriver import Browser

HERE = ("tests", "e2e", "clients")
SERVES = 'alias.url += ( "/lib/" => "{modules}/" )\n'


def packages():
    """Where they are; installed the first time, and when the list changed.
    A folder that is there is whole."""
    modules = build("node_modules")
    wanted = source(*HERE, "package-lock.json")
    folder = os.open(build(), os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # tests run side by side
        if not same(wanted, os.path.join(modules, ".wanted")):
            install(wanted, modules)
    finally:
        os.close(folder)
    return modules


def same(wanted, had):
    try:
        with open(wanted, "rb") as a, open(had, "rb") as b:
            return a.read() == b.read()
    except FileNotFoundError:
        return False


def install(wanted, modules):
    with tempfile.TemporaryDirectory(dir=build()) as folder:
        shutil.copy(wanted, folder)
        shutil.copy(source(*HERE, "package.json"), folder)
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--prefer-offline",
             "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=folder, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            raise Skip("npm ci: " + " ".join(done.stdout[-1500:].split()))
        shutil.copy(wanted, os.path.join(folder, "node_modules", ".wanted"))
        shutil.rmtree(modules, ignore_errors=True)
        os.rename(os.path.join(folder, "node_modules"), modules)


class InNode:
    """An EventSource of `package`."""

    def __init__(self, stage, site, package, target):
        environment = {**clean_environment(), "NODE_PATH": packages()}
        self.process = Process(
            ["node", source(*HERE, "in_node.js"), package,
             f"http://127.0.0.1:{site.port}/push/sse?{target}"],
            os.path.join(stage.sub("node"), "node.log"), environment)
        stage.add(self)

    def said(self, kind):
        out = []
        for line in self.process.output().splitlines(keepends=True):
            # Other lines are of node: undici's is called experimental.
            if line.startswith('["') and line.endswith("\n"):
                item = json.loads(line)
                if item[0] == kind:
                    out.append(item[1] if len(item) == 2 else item[1:])
        return out

    def close(self):
        self.process.stop()


class InPage:
    """The client of a page of tests/e2e/clients/."""

    def __init__(self, stage, site, page, target):
        self.browser = stage.add(Browser(stage.sub("browser")))
        self.browser.go(
            f"http://127.0.0.1:{site.port}/{page}.html?{target}")

    def said(self, kind):
        return self.browser.run(f"return window.{kind}")


def public_site(stage, settings=None):
    return stage.site(settings, root=source(*HERE),
                      after=SERVES.format(modules=packages()))
