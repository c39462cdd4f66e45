# SPDX-License-Identifier: MIT
"""client/push.js when an administrator disconnects it: it stops."""

import pytest

from harness.client import client_page
from test_kick import kick

pytestmark = pytest.mark.browser

STATUS = {"websocket": 4403, "sse": 4403, "stream": 4403, "longpoll": 403}


@pytest.mark.parametrize("technique", STATUS)
def test_a_page_that_is_kicked_closes_and_is_told(
    shared, stage, browser, channel, technique
):
    site = shared.site(websocket=True)
    page = client_page(browser, site, channel)
    page.run(
        "window.ends = []; start(arguments[0]);"
        " push.onend = (e) => ends.push([e.reason, e.channels || null])",
        {"channels": [channel], "techniques": [technique], "share": False},
    )
    page.opened(technique)
    stage.command(site).publish(channel, "before")
    page.has("before")
    kick(site, f"channel={channel}")
    page.until("return push.readyState === 2", "the end")
    told = [["kicked", None]] if STATUS[technique] == 4403 else []
    assert page.run("return ends") == told
    assert page.run("return errors.pop()") == [technique, STATUS[technique]]
