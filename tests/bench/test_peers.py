# SPDX-License-Identifier: MIT
"""The systems of bench/peers.d that are installed keep their contract."""

import os
import subprocess

import pytest

from conftest import BENCH

BUILD = os.environ.get("PUSHCGI_BUILD", ".")
PEERS = os.path.join(BENCH, "peers.d")
SYSTEMS = sorted(n for n in os.listdir(PEERS)
                 if os.path.isfile(os.path.join(PEERS, n)) and
                 os.access(os.path.join(PEERS, n), os.X_OK))
# Not among the packages of the tests.
OPTIONAL = {"centrifugo", "push-stream", "pushpin"}


@pytest.mark.parametrize("system", SYSTEMS)
def test_messages_come_and_nothing_is_left_running(system):
    done = subprocess.run(
        [os.path.join(BENCH, "peers-check"), system],
        env=dict(os.environ, PUSHCGI_BUILD=BUILD), capture_output=True,
        text=True, check=False, timeout=300)
    required = os.environ.get("PUSHCGI_REQUIRE") and system not in OPTIONAL
    if "# SKIP" in done.stdout and not required:
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0 and "# SKIP" not in done.stdout, \
        done.stdout + done.stderr
