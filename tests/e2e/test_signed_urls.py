# SPDX-License-Identifier: MIT
"""Signed URLs, through each server and on each technique."""

import os

import pytest

from harness import signed
from harness.check import until
from harness.private import TOKEN, ask, is_refusal, post, servers, status
from harness.signed import rights
from harness.techniques import ALL, Reading


@pytest.fixture
def publish(stage):
    """By the command, which needs no right."""
    return lambda site, *words: stage.command(site).publish(*words)


@servers
def test_a_signed_url_is_good_for_every_technique(
    shared, publish, channel, server
):
    site = shared.site(TOKEN, server=server)
    (other,) = channel.also("other")
    publish(site, channel, "for who may")
    publish(site, other, "for others")
    made = rights(channel)
    for technique in ALL:
        reading = Reading(site, technique, channel, since="0", **made)
        assert reading.wait_data(1) == ["for who may"], technique.name
        refused = [(channel, {}), (other, made), ([channel, other], made)]
        if technique.name == "http":  # it has one channel
            refused.pop()
        for channels, show in refused:
            answer = ask(site, technique.name, channels, since="0", **show)
            assert answer.status == 401, f"{technique.name} {channels} {show}"
            answer.wait_end()
            for data in (b"for who", b"for others"):
                assert data not in answer.body, technique.name


@servers
def test_a_signature_counts_only_as_it_was_made(shared, channel, server):
    site = shared.site(TOKEN, server=server)
    made = rights(channel)
    sig, expires = made["sig"], made["expires"]
    another = "A" if sig[0] != "A" else "B"

    def refused(reason, channels=channel, **changes):
        show = {**made, **changes}
        answer = site.get("poll", channels, **show)
        is_refusal(answer, 401, channel, reason)

    assert site.get("poll", channel, **made).status == 200
    refused("signature", sig=another + sig[1:])
    refused("signature", expires=int(expires) + 1)
    refused("signature", expires=int(expires) - 1)
    refused("signature", **rights(channel, secret="another secret of a site"))
    refused("signature", **rights(channel, publish=True))
    refused("signature", **rights(channel, *channel.also("b")))
    refused("signed URL", sig=sig[:-1])
    refused("signed URL", sig=sig + "A")
    refused("signed URL", sig=None)
    refused("signed URL", expires=None)
    refused("signed URL", expires="0" + expires)
    refused("signed URL", expires="-1")
    refused("signed URL", expires="99999999999999999999")
    twice = (
        f"/push/poll?channel={channel}&sig={sig}&expires={expires}&sig={sig}"
    )
    assert site.request("GET", twice).status == 400


@servers
def test_an_expired_signature_is_refused(shared, channel, server):
    site = shared.site(TOKEN, server=server)
    is_refusal(
        site.get("poll", channel, **signed.expired(channel)), 401, "expired"
    )


@servers
def test_several_channels_are_signed_together(
    shared, publish, channel, server
):
    site = shared.site(TOKEN, server=server)
    channels = channel.also("b", "a", "Z", "ä", "9")
    for name in channels:
        publish(site, name, name)
    made = rights(*channels)
    for order in (channels, channels[::-1], [*channels, channels[0]]):
        answer = site.get("longpoll", order, since="0", wait=0, **made)
        assert answer.status == 200, f"{answer!r}"
        got = {m["data"] for m in answer.json()["messages"]}
        assert got == set(channels)
    for some in (channels[:1], channels[1:], [*channels, channel]):
        answer = site.get("longpoll", some, since="0", wait=0, **made)
        is_refusal(answer, 401, "signature")


@servers
def test_what_is_signed_for_publishing_publishes(shared, channel, server):
    site = shared.site(TOKEN, server=server)
    reader = site.sse(channel, **rights(channel)).ready()
    made = rights(channel, publish=True)
    for data in ("one", "two"):
        answer = post(site, channel, data, **made)
        assert answer.status == 201, f"{answer!r}"
    is_refusal(post(site, channel, "x"), 401)
    is_refusal(post(site, channel, "x", **rights(channel)), 401, "signature")
    for other in channel.also("b"):
        is_refusal(post(site, other, "x", **made), 401, "signature", other)
    assert post(site, channel, "last", **made).status == 201
    assert reader.wait_messages(3) == ["one", "two", "last"]


@servers
def test_what_is_signed_for_reading_never_publishes_on_a_websocket(
    shared, channel, server
):
    site = shared.site(TOKEN, server=server)
    made = rights(channel)
    socket = site.websocket(channel, **made).ready()
    for how, show in (("as the URL", {}), ("as its own", made)):
        said = socket.command(
            how, publish={"channel": channel, "data": "x"}, **show
        )
        assert said["status"] == 401, f"{how}: {said}"
    said = socket.command(
        3,
        publish={"channel": channel, "data": "y"},
        **rights(channel, publish=True),
    )
    assert said["ok"] == "publish", f"{said}"
    assert socket.wait_messages(1) == ["y"]


@servers
@pytest.mark.needs("perl", "php")
def test_the_samples_of_the_documentation_let_in(
    shared, stage, publish, channel, server
):
    site = shared.site(TOKEN, server=server)
    path = os.path.join(stage.folder, "secret")
    with open(path, "w", encoding="utf-8") as out:
        out.write(f"{signed.SECRET}\n")
    publish(site, channel, "hello")
    for signing in (signed.by_perl, signed.by_php):
        url = signing(channel, path)
        made = signed.parameters(url.partition("?")[2])
        assert site.longpoll(channel, since="0", wait=0, **made)["messages"]
        assert status(site, "sse", channel, **made) == 200
        assert status(site, "sse", channel + "x", **made) == 401


def test_another_secret_counts_without_a_restart(stage):
    folder = stage.sub("secret")
    path = os.path.join(folder, "secret")

    def write(*secrets):
        with open(path + ".new", "w", encoding="utf-8") as out:
            out.writelines(f"{secret}\n" for secret in secrets)
        os.rename(path + ".new", path)

    def answers(made):
        return site.get("poll", "a", **made).status

    old, new = "the secret of before", "the secret of now"
    write(old)
    site = stage.site(
        {"access.subscribe": "token", "access.secret_file": path}
    )
    with_old, with_new = rights("a", secret=old), rights("a", secret=new)
    assert (answers(with_old), answers(with_new)) == (200, 401)
    write(new, old)
    until(lambda: answers(with_new) == 200, "the new secret counts")
    assert answers(with_old) == 200
    write(new)
    until(lambda: answers(with_old) == 401, "the old secret has gone")
    os.unlink(path)
    until(lambda: "event=secret" in site.log(), "the missing file in the log")
    assert answers(with_new) == 200
