# SPDX-License-Identifier: MIT
"""What each command of this folder does first: paths, limits, the loop, and
the end of all processes."""

import asyncio
import ctypes
import os
import resource
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
PR_SET_CHILD_SUBREAPER = 36

os.environ.setdefault("PUSHCGI_SRC", SOURCE)
os.environ["PUSHCGI_BUILD"] = os.path.abspath(
    os.environ.get("PUSHCGI_BUILD", ".")
)
os.environ["PATH"] += ":/usr/local/sbin:/usr/sbin:/sbin"
sys.path.append(os.path.join(SOURCE, "tests", "e2e"))


def run(work):
    """Runs `work`, a coroutine; returns the exit status. A signal ends it
    with all its processes."""
    from harness import process

    if not os.path.exists(os.path.join(os.environ["PUSHCGI_BUILD"], "fcgi")):
        print("run make first, or set PUSHCGI_BUILD", file=sys.stderr)
        return 2
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard), hard))
    # What loses its parent becomes our child, so it can be found.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    loop = asyncio.new_event_loop()
    task = loop.create_task(work)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        return loop.run_until_complete(task)
    except asyncio.CancelledError:
        print("interrupted", file=sys.stderr)
        return 1
    finally:
        process.kill_all(process.descendants(os.getpid()))
