# SPDX-License-Identifier: MIT
"""The packages of clients/package.json, fetched once for all tests."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile

from harness.site import build, source

HERE = ("tests", "e2e", "clients")
SECONDS = 120
missing = ""  # why they are not there, a sentence


def folder():
    return build("node_modules")


def fetch():
    """Fetches them unless the folder has those of the same package-lock.json.
    A folder is renamed into place when it is complete."""
    global missing
    wanted = source(*HERE, "package-lock.json")
    refused = os.path.join(os.environ.get("PUSHCGI_TMP", build()), "no-npm")
    lock = os.open(build(), os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # workers run side by side
        if same(wanted, os.path.join(folder(), ".wanted")):
            return
        if "PUSHCGI_TMP" in os.environ and os.path.exists(refused):
            with open(refused) as f:
                missing = f.read()
            return
        missing = install(wanted)
        if missing and "PUSHCGI_TMP" in os.environ:
            with open(refused, "w") as out:
                out.write(missing)
    finally:
        os.close(lock)


def same(wanted, had):
    try:
        with open(wanted, "rb") as a, open(had, "rb") as b:
            return a.read() == b.read()
    except FileNotFoundError:
        return False


def say(text):
    print(f"\n{text}", file=sys.stderr, flush=True)


def install(wanted):
    """Returns why it could not, or nothing."""
    if shutil.which("npm") is None:
        return "npm is not installed"
    say(f"npm: fetching the packages of {'/'.join(HERE)}/package.json ...")
    with tempfile.TemporaryDirectory(dir=build()) as work:
        shutil.copy(wanted, work)
        shutil.copy(source(*HERE, "package.json"), work)
        try:
            done = subprocess.run(
                [
                    *("npm", "ci", "--ignore-scripts", "--prefer-offline"),
                    *("--no-audit", "--no-fund", "--loglevel=error"),
                    *("--fetch-retries=1", "--fetch-timeout=20000"),
                    "--fetch-retry-mintimeout=1000",
                    "--fetch-retry-maxtimeout=5000",
                ],
                cwd=work,
                text=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=SECONDS,
            )
            said, status = done.stdout, done.returncode
        except subprocess.TimeoutExpired:
            said, status = f"it did not end in {SECONDS} s", 1
        if status != 0:
            code = re.search(r"npm (?:error|ERR!) code (\S+)", said)
            why = f"npm cannot fetch the packages: {code[1] if code else said}"
            say(why)
            return why
        modules = os.path.join(work, "node_modules")
        shutil.copy(wanted, os.path.join(modules, ".wanted"))
        shutil.rmtree(folder(), ignore_errors=True)
        os.rename(modules, folder())
    return ""
