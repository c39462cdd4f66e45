# SPDX-License-Identifier: MIT
"""Messages are delivered live."""

import subprocess
import threading

import pytest

from harness import web


def test_a_message_reaches_a_subscriber_of_sse(site, channel):
    subscriber = site.sse(channel).ready()
    id_ = site.publish(channel, "hello", event="greeting")
    subscriber.wait_messages(1)
    event = subscriber.messages[0]
    assert (event.type, event.data, event.id) == ("greeting", "hello", id_)


def test_a_message_reaches_a_waiting_longpoll(site, channel):
    (other,) = channel.also("other")
    held, before = held_longpolls(site, channel, other)
    site.publish(other, "before")
    before.wait()
    assert held.response is None, "the longpoll was not held"
    id_ = site.publish(channel, "hello", event="greeting")
    batch = held.wait().json()
    assert batch["messages"] == [
        {"id": id_, "channel": channel, "event": "greeting", "data": "hello"}
    ]
    assert batch["cursor"] == id_


def held_longpolls(site, *channels):
    """One for each channel, with its newest cursor."""
    return [
        LongpollThread(
            site.client(),
            web.query(
                channel, since=site.longpoll(channel)["cursor"], wait=50
            ),
        )
        for channel in channels
    ]


class LongpollThread:
    """A longpoll in a thread."""

    def __init__(self, client, query):
        self.response = None

        def ask():
            self.response = client.request("GET", f"/push/longpoll?{query}")

        self.thread = threading.Thread(target=ask, daemon=True)
        self.thread.start()

    def wait(self, seconds=30):
        self.thread.join(seconds)
        assert self.response is not None, "the longpoll was never answered"
        return self.response


def test_publish_returns_201_with_id_channel_and_processes(site, channel):
    site.sse(channel).ready()
    response = site.post(channel, "hello")
    assert response.status == 201
    said = response.json()
    assert sorted(said) == ["channel", "id", "processes"]
    assert (said["channel"], said["processes"]) == (channel, 1)
    entry = site.redis("XRANGE", channel.log, "-", "+")
    assert [e[0] for e in entry] == [said["id"]]


def test_publish_accepts_json(site, channel):
    subscriber = site.sse(channel).ready()
    response = site.request(
        "POST",
        "/push/publish",
        b'{"channel":"%b","event":"e","data":"a\\n\\u00e9"}'
        % channel.encode(),
        web.JSON,
    )
    assert response.status == 201
    assert subscriber.wait_messages(1) == ["a\n\u00e9"]
    assert subscriber.messages[0].type == "e"


def test_only_subscribers_of_a_channel_get_its_messages(site, channel):
    here, there = channel.also("here", "there")
    subscribers = [site.sse(here).ready() for _ in range(20)]
    other = site.sse(there).ready()
    site.publish(here, "for here")
    for subscriber in subscribers:
        assert subscriber.wait_messages(1) == ["for here"]
    site.publish(there, "for there")
    assert other.wait_messages(1) == ["for there"]


def test_messages_come_in_the_order_of_their_ids(site, channel, stage):
    subscriber = site.sse(channel).ready()
    command = stage.command(site)
    sent = [f"message {n}" for n in range(1000)]
    ids = command.lines(channel, sent)
    subscriber.wait_messages(1000, 40)
    assert subscriber.data == sent
    assert [e.id for e in subscriber.messages] == ids


def test_a_subscriber_without_a_cursor_gets_its_position(site, channel):
    last = site.publish(channel, "before")
    subscriber = site.sse(channel).ready()
    assert subscriber.cursor == last
    assert subscriber.events[0].type == "cursor"
    site.publish(channel, "after")
    assert subscriber.wait_messages(1) == ["after"]


@pytest.mark.needs("curl")
def test_curl_sees_the_head_at_once_and_each_message_as_it_comes(
    site, channel
):
    url = site.url(f"push/sse?channel={channel}")
    with subprocess.Popen(
        ["curl", "-sN", "-i", url], stdout=subprocess.PIPE
    ) as curl:
        try:
            seen = read_lines(curl.stdout, b"event: cursor")
            assert b"200 OK" in seen
            assert b"content-type: text/event-stream" in seen.lower()
            for text in ("one", "two", "three"):
                id_ = site.publish(channel, text)
                seen = read_lines(curl.stdout, f"id: {id_}".encode())
                assert f"data: {text}\n".encode() in seen
        finally:
            curl.kill()


def read_lines(file, prefix):
    seen = b""
    while True:
        line = file.readline()
        assert line, f"curl ended before {prefix!r}: {seen!r}"
        seen += line
        if line.startswith(prefix):
            return seen


def test_response_headers_prevent_caching(site, channel):
    subscriber = site.sse(channel).opened()
    assert "text/event-stream" in subscriber.headers["content-type"]
    assert "no-" in subscriber.headers.get("cache-control", "")
    response = site.get("longpoll", channel)
    assert "application/json" in response.headers["Content-Type"]
    assert "no-" in response.headers.get("Cache-Control", "")


def test_an_idle_stream_sends_heartbeats(shared, channel):
    site = shared.site({"hold.beat": 1})
    subscriber = site.sse(channel).ready()
    for _ in range(2):
        subscriber.wait_heartbeat()
    assert subscriber.messages == []


def test_a_stream_sends_its_retry_time(stage):
    site = stage.site({"sse.retry": 1234})
    subscriber = site.sse("news").ready()
    assert subscriber.lines.retry == 1234
