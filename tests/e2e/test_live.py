# SPDX-License-Identifier: MIT
"""What is published is received, at once, by whoever is there."""
import subprocess
import threading
import time

from harness import web
from harness.tap import contains, equal, fact, true, until


@fact()
def a_message_reaches_a_reader_of_sse(stage):
    site = stage.site()
    reader = site.sse("news").ready()
    id_ = site.publish("news", "hello", event="greeting")
    reader.wait_messages(1)
    event = reader.messages[0]
    equal((event.type, event.data, event.id), ("greeting", "hello", id_),
          "type, data and id")


@fact()
def a_message_reaches_a_waiting_longpoll(stage):
    site = stage.site()
    cursor = site.longpoll("news")["cursor"]
    client = site.client()
    held = LongpollThread(client, web.query("news", since=cursor, wait=50))
    until(lambda: site.redis.subscribers("news"), "a subscription")
    time.sleep(0.3)
    true(held.answer is None, "the longpoll was not held")
    id_ = site.publish("news", "hello", event="greeting")
    batch = held.wait().json()
    equal(batch["messages"], [{"id": id_, "channel": "news",
                               "event": "greeting", "data": "hello"}],
          "messages of the batch")
    equal(batch["cursor"], id_, "cursor of the batch")


class LongpollThread:
    """A longpoll that is waited for elsewhere."""

    def __init__(self, client, query):
        self.answer = None

        def ask():
            self.answer = client.request("GET", f"/push/longpoll?{query}")
        self.thread = threading.Thread(target=ask, daemon=True)
        self.thread.start()

    def wait(self, seconds=30):
        self.thread.join(seconds)
        true(self.answer is not None, "the longpoll was never answered")
        return self.answer


@fact()
def publishing_answers_201_with_id_channel_and_processes(stage):
    site = stage.site()
    site.sse("news").ready()
    answer = site.post("news", "hello")
    equal(answer.status, 201, "status")
    said = answer.json()
    equal(sorted(said), ["channel", "id", "processes"], "members")
    equal((said["channel"], said["processes"]), ("news", 1),
          "channel and processes")
    entry = site.redis("XRANGE", "push:{news}:log", "-", "+")
    equal([e[0] for e in entry], [said["id"]], "ids in Redis")


@fact()
def publishing_json_is_publishing(stage):
    site = stage.site()
    reader = site.sse("news").ready()
    answer = site.request(
        "POST", "/push/publish",
        b'{"channel":"news","event":"e","data":"a\\n\\u00e9"}', web.JSON)
    equal(answer.status, 201, "status")
    equal(reader.wait_messages(1), ["a\n\u00e9"], "data")
    equal(reader.messages[0].type, "e", "type")


@fact()
def every_reader_of_a_channel_gets_it_and_no_other(stage):
    site = stage.site()
    here = [site.sse("here").ready() for _ in range(20)]
    there = site.sse("there").ready()
    site.publish("here", "for here")
    for reader in here:
        equal(reader.wait_messages(1), ["for here"], "data")
    site.publish("there", "for there")
    equal(there.wait_messages(1), ["for there"], "data of the other")


@fact()
def messages_come_in_the_order_of_their_ids(stage):
    site = stage.site()
    reader = site.sse("news").ready()
    command = stage.command(site)
    sent = [f"message {n}" for n in range(1000)]
    ids = command.lines("news", sent)
    reader.wait_messages(1000, 40)
    equal(reader.data, sent, "data in order")
    equal([e.id for e in reader.messages], ids, "ids in order")


@fact()
def a_reader_without_a_cursor_is_told_where_it_stands(stage):
    site = stage.site()
    last = site.publish("news", "before")
    reader = site.sse("news").ready()
    equal(reader.cursor, last, "cursor at the start")
    equal(reader.events[0].type, "cursor", "first event")
    site.publish("news", "after")
    equal(reader.wait_messages(1), ["after"], "data")


@fact(needs=("redis-server", "lighttpd", "curl"))
def curl_sees_the_head_at_once_and_each_message_as_it_comes(stage):
    site = stage.site()
    url = f"http://127.0.0.1:{site.port}/push/sse?channel=news"
    with subprocess.Popen(["curl", "-sN", "-i", url],
                          stdout=subprocess.PIPE) as curl:
        try:
            seen = read_lines(curl.stdout, b"event: cursor")
            contains(seen, b"200 OK", "head")
            contains(seen.lower(), b"content-type: text/event-stream",
                     "head")
            for text in ("one", "two", "three"):
                id_ = site.publish("news", text)
                seen = read_lines(curl.stdout, f"id: {id_}".encode())
                contains(seen, f"data: {text}\n".encode(), "stream")
        finally:
            curl.kill()


def read_lines(file, prefix):
    seen = b""
    while True:
        line = file.readline()
        true(line, f"curl ended before {prefix!r}: {seen!r}")
        seen += line
        if line.startswith(prefix):
            return seen


@fact()
def what_the_answer_says_about_itself_keeps_it_out_of_caches(stage):
    site = stage.site()
    reader = site.sse("news").opened()
    contains(reader.headers["content-type"], "text/event-stream", "type")
    contains(reader.headers.get("cache-control", ""), "no-",
             "Cache-Control of a stream")
    answer = site.get("longpoll", "news")
    contains(answer.headers["Content-Type"], "application/json", "type")
    contains(answer.headers.get("Cache-Control", ""), "no-",
             "Cache-Control of a batch")


@fact()
def a_silent_stream_has_a_heartbeat(stage):
    site = stage.site({"hold.beat": 1})
    reader = site.sse("news").ready()
    for _ in range(2):
        reader.wait_beat()
    equal(reader.messages, [], "messages")


@fact()
def a_stream_says_when_to_come_back(stage):
    site = stage.site({"sse.retry": 1234})
    reader = site.sse("news").ready()
    equal(reader.lines.retry, 1234, "retry")
