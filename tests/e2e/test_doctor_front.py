# SPDX-License-Identifier: MIT
"""push-doctor looks at a site from outside: it names what is broken
(harness/breakages.py has the list), and finds nothing in what is shipped."""

import concurrent.futures
import json
import os
import subprocess

import pytest

from harness import process
from harness.apache import ApacheCgi, ApacheFcgid, ApacheProxy
from harness.breakages import BrokenApache, BrokenLighttpd, BrokenNginx
from harness.lighttpd import Lighttpd, LighttpdCgi, LighttpdUnits
from harness.site import build

AT_ONCE = 3  # doctors
FOUND = ("error", "warning")
apache = pytest.mark.apache


class Doctor:
    """push-doctor with a push.conf for the Redis of a site."""

    def __init__(self, stage, site, settings=""):
        self.path = os.path.join(stage.sub("etc"), "push.conf")
        with open(self.path, "w") as out:
            out.write(f"[bus]\nurl = {site.redis.url()}\n{settings}")
        self.env = process.clean_environment({"limit.table": ""})

    def look(self, url, *options):
        """What it found from outside, and its exit status."""
        done = subprocess.run(
            [
                build("push-doctor"),
                *("--conf", self.path, "--json", "--only", "front"),
                *options,
                url,
            ],
            capture_output=True,
            env=self.env,
            timeout=120,
            check=False,
        )
        assert done.stderr == b"", done.stderr
        return json.loads(done.stdout)["findings"], done.returncode


def told(findings, levels=FOUND):
    return [f["sentence"] for f in findings if f["level"] in levels]


def said_of(doctor, site, breakage):
    """The finding of a breakage: None if it is not named."""
    findings, _ = doctor.look(
        site.where(breakage), "--patience", str(breakage.patience)
    )
    for finding in findings:
        if finding["level"] in FOUND and breakage.says in finding["sentence"]:
            if any(breakage.paste in line for line in finding["lines"]):
                return finding
    return None, findings


@pytest.mark.parametrize(
    "server",
    [
        pytest.param(BrokenApache, marks=[apache, pytest.mark.long]),
        BrokenLighttpd,
        pytest.param(BrokenNginx, marks=pytest.mark.nginx),
    ],
)
def test_each_breakage_is_named_with_a_line_to_paste(stage, server):
    site = stage.site({"access.publish": "token"}, server=server, websocket=True)
    doctor = Doctor(stage, site)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        results = pool.map(lambda b: said_of(doctor, site, b), site.breakages)
        missed = [
            (breakage.name, result)
            for breakage, result in zip(site.breakages, results)
            if not isinstance(result, dict)
        ]
    assert missed == []


@pytest.mark.parametrize(
    "server",
    [
        *(LighttpdUnits, Lighttpd, LighttpdCgi),
        *(
            pytest.param(server, marks=apache)
            for server in (ApacheProxy, ApacheFcgid, ApacheCgi)
        ),
    ],
)
def test_nothing_is_found_in_what_is_shipped(stage, server):
    site = stage.site({"access.publish": "token"}, server=server, websocket=True)
    findings, status = Doctor(stage, site).look(site.url("push"), "--patience", "2")
    assert told(findings) == []
    assert status == 0
    assert any("is open after 2 s" in s for s in told(findings, ("ok",)))
