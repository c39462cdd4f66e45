# SPDX-License-Identifier: MIT
"""Tests of bench/floor."""

import os
import subprocess

import pytest

FLOOR = os.path.join(os.environ.get("PUSHCGI_BUILD", "."), "bench", "floor")


def floor(*args):
    return subprocess.run([FLOOR, *args], capture_output=True, text=True,
                          check=False, timeout=60)


@pytest.mark.parametrize("kind", ["unix", "tcp"])
def test_it_says_what_a_send_takes(kind):
    done = floor(kind, "20", "2", "150")
    assert (done.returncode, done.stderr) == (0, "")
    assert 0 < float(done.stdout) < 1000


@pytest.mark.parametrize("args", [
    (), ("udp", "20", "2", "150"), ("tcp", "0", "2", "150"),
    ("unix", "20", "2")])
def test_a_wrong_call_is_refused(args):
    done = floor(*args)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: floor unix|tcp ")
