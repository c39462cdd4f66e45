# SPDX-License-Identifier: MIT
"""client/push.js behind Apache: every rung, through each of its modules."""

import pytest

from harness.apache import ApacheCgi, ApacheFcgid, ApacheProxy
from harness.rungs import every_rung

pytestmark = [pytest.mark.apache, pytest.mark.browser]


def behind(stage, browser, server):
    # Apache ends only after the programs that are held.
    settings = {"hold.beat": 1, "hold.wait": 2}
    site = stage.site(settings, websocket=True, server=server)
    every_rung(stage, site, browser)


def test_every_rung_loses_and_repeats_nothing_behind_mod_fcgid(stage, browser):
    behind(stage, browser, ApacheFcgid)


def test_every_rung_loses_and_repeats_nothing_behind_mod_proxy_fcgi(
    stage, browser
):
    behind(stage, browser, ApacheProxy)


def test_every_rung_loses_and_repeats_nothing_behind_mod_cgid(stage, browser):
    behind(stage, browser, ApacheCgi)
