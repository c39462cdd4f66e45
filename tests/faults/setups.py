# SPDX-License-Identifier: MIT
"""What the programs run behind and on. `scale`: how many subscribers, when
each takes a process."""

import dataclasses
import os
import shutil

import formats
from harness import lighttpd
from harness.apache import ApacheCgi, ApacheFcgid, ApacheThreads
from harness.front import FastcgiFront
from harness.handoff import ApacheHandoff


@dataclasses.dataclass(frozen=True)
class Setup:
    name: str
    server: type
    help: str
    scale: float = 1.0
    techniques: tuple = formats.ALL
    replicas: int = 0
    hosts: bool = False


def all_setups():
    found = [
        Setup("lighttpd", lighttpd.Lighttpd, "mod_fastcgi, mod_proxy"),
        Setup(
            "replicas",
            lighttpd.Lighttpd,
            "a master and a replica",
            replicas=1,
        ),
        Setup(
            "hosts",
            lighttpd.Lighttpd,
            "two hosts, network namespaces; Redis on the first",
            hosts=True,
        ),
        Setup("apache-proxy", ApacheThreads, "mod_proxy_fcgi, mod_proxy_http"),
        Setup(
            "apache-handoff",
            ApacheHandoff,
            "mod_proxy_fdpass for those who are held",
        ),
        Setup("apache-fcgid", ApacheFcgid, "mod_fcgid", 0.6),
        Setup("lighttpd-cgi", lighttpd.LighttpdCgi, "mod_cgi", 0.3),
        Setup("apache-cgi", ApacheCgi, "mod_cgid", 0.3),
        Setup(
            "fastcgi",
            FastcgiFront,
            "WebSocket over FastCGI",
            0.5,
            ("websocket",),
        ),
    ]
    if lighttpd.upgrades_fastcgi():
        found.append(
            Setup(
                "lighttpd-upgrade",
                lighttpd.LighttpdUpgrade,
                "mod_fastcgi, also for WebSocket",
            )
        )
    return {setup.name: setup for setup in found}


def missing(setup):
    """Why this machine cannot have it, or None."""
    if setup.hosts and (os.geteuid() != 0 or not shutil.which("ip")):
        return "root and ip(8), to make network namespaces"
    return None
