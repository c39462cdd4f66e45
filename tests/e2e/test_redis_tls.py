# SPDX-License-Identifier: MIT
"""Redis behind TLS: rediss://."""

import os

import pytest

from harness import certificates
from harness.check import until
from harness.process import free_port

pytestmark = pytest.mark.needs("openssl")


@pytest.fixture
def redis(stage):
    folder = stage.sub("certificates")
    certificates.make(folder)
    port = free_port()
    redis = stage.redis(*certificates.options(folder, port))
    redis.tls_url = f"rediss://localhost:{port}/3"
    redis.tls_ca = os.path.join(folder, "ca.crt")
    return redis


def test_messages_by_tls(stage, redis, channel):
    settings = {"bus.url": redis.tls_url, "bus.tls_ca": redis.tls_ca}
    site = stage.site(settings, redis=redis)
    subscriber = site.sse(channel).ready()
    site.publish(channel, "by http")
    site.publish(channel, "x" * 60000)
    stage.command(site).publish(channel, "by command")
    assert subscriber.wait_messages(3) == [
        "by http",
        "x" * 60000,
        "by command",
    ]
    batch = site.longpoll(channel, since="0", wait=0)
    assert len(batch["messages"]) == 3


def test_a_connection_by_tls_is_made_again(stage, redis, channel):
    settings = {"bus.url": redis.tls_url, "bus.tls_ca": redis.tls_ca}
    site = stage.site(settings, redis=redis)
    subscriber = site.sse(channel).ready()
    site.publish(channel, "before")
    redis("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    redis("CLIENT", "KILL", "TYPE", "pubsub")
    stage.command(site).publish(channel, "after")
    assert subscriber.wait_messages(2) == ["before", "after"]


def test_a_server_with_an_unknown_authority_gets_no_message(
    stage, redis, channel
):
    command = stage.command(redis, {"bus.url": redis.tls_url})
    done = command.run(channel, "secret")
    assert done.status == 1
    assert "certificate of Redis: " in done.err
    assert redis("DBSIZE") == 0


def test_the_log_says_why_tls_fails(stage, redis, channel):
    settings = {"bus.url": redis.tls_url, "bus.tls_ca": "/nowhere/ca.crt"}
    responder = stage.responder("sse", settings, redis=redis)
    until(
        lambda: "bus.tls_ca: No such file or directory" in responder.log(),
        "a line that names the setting",
    )
