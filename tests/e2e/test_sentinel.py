# SPDX-License-Identifier: MIT
"""Sentinel names the master, and another after a failover."""

import os
import re

from harness.check import until
from harness.site import source


def clients(server):
    """Connections of our programs: those with a command of theirs."""
    return [
        line
        for line in server("CLIENT", "LIST").splitlines()
        if "flags=N" in line or "flags=P" in line
        if "cmd=client" not in line and "sentinel" not in line
    ]


def publish(stage, site, channel, data):
    """Repeats until Redis has a master again."""
    return stage.command(site).publish(
        *("--retry", "60", channel, data), seconds=90
    )


def test_messages_go_on_after_a_failover(stage, channel):
    group = stage.redis_group()
    site = stage.site(group.settings, redis=group)
    subscriber = site.sse(channel).ready()
    site.publish(channel, "one")
    stage.command(site).publish(channel, "two")
    assert subscriber.wait_messages(2) == ["one", "two"]
    until(lambda: group.replicas[0]("XLEN", channel.log) == 2, "replicated")
    group.fail_over()
    publish(stage, site, channel, "three")
    assert subscriber.wait_messages(3) == ["one", "two", "three"]


def test_a_master_that_was_killed_is_replaced(stage, channel):
    group = stage.redis_group()
    site = stage.site(group.settings, redis=group)
    subscriber = site.sse(channel).ready()
    publish(stage, site, channel, "one")
    until(lambda: group.replicas[0]("XLEN", channel.log) == 1, "replicated")
    group.kill_master()
    publish(stage, site, channel, "two")
    assert subscriber.wait_messages(2) == ["one", "two"]


def test_connections_to_a_replaced_master_are_given_up(stage, channel):
    group = stage.redis_group()
    site = stage.site(group.settings, redis=group)
    site.sse(channel).ready()
    until(lambda: len(clients(group.master)) >= 2, "two connections")
    group.fail_over()
    until(lambda: not clients(group.master), "no connection")


def test_the_next_sentinel_is_asked_when_one_is_away(stage, channel):
    group = stage.redis_group(sentinels=2)
    group.sentinels[0].freeze()
    site = stage.site(group.settings, redis=group)
    subscriber = site.sse(channel).ready()
    publish(stage, site, channel, "one")
    assert subscriber.wait_messages(1) == ["one"]


def test_sentinels_with_a_password_in_a_file(stage, channel):
    group = stage.redis_group()
    group.sentinels[0]("ACL", "SETUSER", "default", "resetpass", ">watch")
    path = os.path.join(stage.sub("secret"), "password")
    with open(path, "w", encoding="utf-8") as out:
        out.write("watch\n")
    settings = {**group.settings, "bus.sentinel_password_file": path}
    site = stage.site(settings, redis=group)
    stage.command(site).publish(channel, "one")
    wrong = {**group.settings, "bus.sentinel_password_file": "/dev/null"}
    done = stage.command(group, wrong).run(channel, "two")
    assert done.status == 1


def test_an_unknown_master_is_said(stage, channel):
    group = stage.redis_group()
    settings = {**group.settings, "bus.master": "other"}
    done = stage.command(group, settings).run(channel, "one")
    assert done.status == 1
    assert "it does not know bus.master" in done.err


def test_a_sentinel_that_does_not_answer_is_named(stage, channel):
    group = stage.redis_group()
    group.sentinels[0].freeze()
    done = stage.command(group, {"bus.timeout": 1}).run(channel, "one")
    assert done.status == 1
    assert f"127.0.0.1:{group.sentinels[0].port}" in done.err, done.err
    group.sentinels[0].thaw()


def test_no_message_goes_to_a_replica(stage, channel):
    """Sentinel names a server that is a replica by now."""
    group = stage.redis_group()
    group.sentinels[0].freeze()
    group.master("REPLICAOF", "127.0.0.1", group.replicas[0].port)
    group.sentinels[0].thaw()
    done = stage.command(group).run(channel, "one")
    assert done.status == 1
    assert "it is a replica" in done.err


def wait_settings(group, replicas, milliseconds=20000):
    return {
        **group.settings,
        "publish.wait_replicas": replicas,
        "publish.wait_ms": milliseconds,
    }


def test_a_message_is_stored_when_the_replica_has_it(stage, channel):
    group = stage.redis_group(sentinels=1)
    site = stage.site(wait_settings(group, 1), redis=group)
    subscriber = site.sse(channel).ready()
    site.publish(channel, "by http")
    assert group.replicas[0]("XLEN", channel.log) == 1
    stage.command(site).publish(channel, "by command")
    assert group.replicas[0]("XLEN", channel.log) == 2
    assert subscriber.wait_messages(2) == ["by http", "by command"]


def test_a_message_without_replica_is_no_success(stage, channel):
    group = stage.redis_group(sentinels=1)
    group.replicas[0].freeze()
    site = stage.site(wait_settings(group, 1, 50), redis=group)
    response = site.post(channel=channel, data="by http")
    assert response.status == 202
    assert response.json()["replicated"] == 0
    assert response.json()["id"]
    done = stage.command(site).run(channel, "by command")
    assert done.status == 4
    assert '"replicated":0' in done.err
    assert group.master("XLEN", channel.log) == 2
    group.replicas[0].thaw()


def test_retry_waits_for_the_replica(stage, channel):
    group = stage.redis_group(sentinels=1)
    group.replicas[0].freeze()
    command = stage.command(group, wait_settings(group, 1, 50))
    started = command.start("--retry", "60", channel, "once")
    until(lambda: group.master("XLEN", channel.log) == 1, "stored")
    group.replicas[0].thaw()
    assert started.end(60) == 0
    assert group.replicas[0]("XLEN", channel.log) == 1


def test_a_user_of_sentinel_with_the_rights_of_the_manual(stage, channel):
    group = stage.redis_group()
    with open(source("doc", "redis.md"), encoding="utf-8") as page:
        rights = re.search(r"`(\+auth [^`]*)`", page.read()).group(1).split()
    group.sentinels[0](
        *("ACL", "SETUSER", "app", "on", ">watch", "-@all", *rights)
    )
    group.sentinels[0]("ACL", "SETUSER", "default", "resetpass", ">other")
    settings = {
        **group.settings,
        "bus.sentinel": "app:watch@" + group.addresses(),
    }
    stage.command(group, settings).publish(channel, "one")
