# SPDX-License-Identifier: MIT
"""Publishing with a secret as Bearer: access.publish_secret."""

from harness.jwt import bearer
from harness.private import is_refusal, post, servers

SECRET = "the secret of publishers"
SETTINGS = {"access.publish": "token", "access.publish_secret": SECRET}


@servers
def test_the_publish_secret_publishes_and_nothing_else_does(
    shared, channel, server
):
    site = shared.site(SETTINGS, server=server)
    reader = site.sse(channel).ready()
    assert post(site, channel, "yes", bearer(SECRET)).status == 201
    for headers in (
        {},
        bearer(SECRET + "x"),
        bearer(SECRET[:-1]),
        bearer(""),
        {"Authorization": f"Basic {SECRET}"},
        {"Authorization": SECRET},
        {"Cookie": f"pushcgi={SECRET}"},
    ):
        problem = is_refusal(post(site, channel, "x", headers), 401)
        assert SECRET not in problem["detail"]
    is_refusal(post(site, channel, "x", token=SECRET), 401)
    assert post(site, channel, "last", bearer(SECRET)).status == 201
    assert reader.wait_messages(2) == ["yes", "last"]


@servers
def test_the_publish_secret_does_not_subscribe(shared, channel, server):
    site = shared.site(
        {**SETTINGS, "access.subscribe": "token"}, server=server
    )
    answer = site.get("poll", channel, bearer(SECRET))
    assert answer.status in (401, 403), f"{answer!r}"


def test_a_websocket_publishes_with_the_secret_of_its_handshake(
    shared, channel
):
    site = shared.site(SETTINGS)
    publication = {"channel": channel, "data": "hello"}
    plain = site.websocket(channel).ready()
    assert plain.command(1, publish=publication)["status"] == 401
    holder = site.websocket(channel, bearer(SECRET)).ready()
    assert holder.command(2, publish=publication)["ok"] == "publish"
    assert plain.wait_messages(1) == ["hello"]
