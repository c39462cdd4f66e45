# SPDX-License-Identifier: MIT
"""Of a program of mod_fcgid no script of the site, which is of the same user,
reads the memory or the environment; and what works nevertheless."""

import os
import pwd
import shutil
import subprocess

import pytest

from harness import process
from harness.apache import ApacheFcgid
from harness.site import USER, build

pytestmark = [
    pytest.mark.apache,
    pytest.mark.skipif(os.geteuid() != 0, reason="root becomes www-data"),
]
SECRETS = ("mem", "environ", "maps", "fd")
FEW = 256  # descriptors, which the doctor warns of
FOR_ALL = ("stat", "status", "limits", "comm")


def held(stage, settings=None):
    """The pid of a program that holds a subscriber, started by mod_fcgid."""
    site = stage.site(
        {"hold.beat": 1, **(settings or {})}, server=ApacheFcgid
    )
    site.sse("news").ready()
    return site, site.responder("sse")


def as_user(*command):
    user = pwd.getpwnam(USER)
    return subprocess.run(
        command,
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
        env=process.clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def opens(pid, name):
    """Whether a process of the same user does."""
    path = f"/proc/{pid}/{name}"
    if name == "fd":
        return as_user("ls", path).returncode == 0
    return as_user("head", "-c", "0", path).returncode == 0


def test_the_memory_of_a_program_is_private(stage):
    _, pid = held(stage)
    assert [name for name in SECRETS if opens(pid, name)] == []
    assert [name for name in FOR_ALL if not opens(pid, name)] == []


def test_a_setting_opens_it_for_a_debugger(stage):
    _, pid = held(stage, {"process.private_memory": "no"})
    assert [name for name in SECRETS if not opens(pid, name)] == []


def test_the_doctor_sees_a_program_of_its_own_user(stage):
    folder = stage.sub("programs")
    for path in ("push-doctor", "fcgi/sse.fcgi"):
        shutil.copy(build(path), folder)
    port = process.free_port()
    program = process.Process(
        [f"{folder}/sse.fcgi", "--listen", f"tcp:127.0.0.1:{port}"],
        f"{folder}/log",
        process.clean_environment({"limit.table": ""}),
        FEW,
        user=USER,
    )
    program.wait_for(("127.0.0.1", port))
    assert not opens(program.pid, "environ")
    said = as_user(f"{folder}/push-doctor", "--only", "host").stdout
    assert f"sse.fcgi (process {program.pid})" in said
    program.stop()
