# SPDX-License-Identifier: MIT
"""client/push.js behind Apache: every rung, through each of its modules."""

import pytest

from harness.apache import ApacheCgi, ApacheFcgid, ApacheProxy
from harness.client import client_site
from harness.rungs import every_rung
from harness.webdriver import Browser

pytestmark = [pytest.mark.apache, pytest.mark.browser]


def behind(stage, server):
    site = client_site(stage, {"hold.beat": 1}, websocket=True, server=server)
    every_rung(stage, site, Browser)


def test_every_rung_loses_and_repeats_nothing_behind_mod_fcgid(stage):
    behind(stage, ApacheFcgid)


def test_every_rung_loses_and_repeats_nothing_behind_mod_proxy_fcgi(stage):
    behind(stage, ApacheProxy)


def test_every_rung_loses_and_repeats_nothing_behind_mod_cgid(stage):
    behind(stage, ApacheCgi)
