# SPDX-License-Identifier: MIT
"""client/push.js behind Apache: every rung, through each of its modules."""
from harness.apache import ApacheCgi, ApacheFcgid, ApacheProxy
from harness.client import client_site
from harness.rungs import every_rung
from harness.tap import fact
from harness.webdriver import Browser

NEEDS = ("redis-server", "apache2", "chromium", "chromedriver")


def behind(stage, server):
    site = client_site(stage, {"hold.beat": 1}, websocket=True, server=server)
    every_rung(stage, site, Browser)


@fact(limit=150, needs=NEEDS)
def every_rung_loses_and_doubles_nothing_behind_mod_fcgid(stage):
    behind(stage, ApacheFcgid)


@fact(limit=150, needs=NEEDS)
def every_rung_loses_and_doubles_nothing_behind_mod_proxy_fcgi(stage):
    behind(stage, ApacheProxy)


@fact(limit=150, needs=NEEDS)
def every_rung_loses_and_doubles_nothing_behind_mod_cgid(stage):
    behind(stage, ApacheCgi)
