# SPDX-License-Identifier: MIT
"""Many clients that read much history at once cost little, and nobody else
notices."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

from harness import web
from harness.check import in_order, note, until

KEPT, LARGE, READERS = 1000, 60_000, 30
COMMAND = 4 * LARGE + 4096  # bytes that Redis sends for a page of LARGE ones


def info(redis, section, name):
    text = redis("INFO", section)
    text = text.decode() if isinstance(text, bytes) else text
    return int(text.split(f"\r\n{name}:")[1].split("\r\n")[0])


def peak_memory(pid):
    """The most that was resident, in bytes."""
    with open(f"/proc/{pid}/status") as f:
        text = f.read()
    return int(text.split("VmHWM:")[1].split()[0]) * 1024


def megabytes(count):
    return f"{count / 1e6:.0f} MB"


class Publisher(threading.Thread):
    """Publishes until it is told to stop."""

    def __init__(self, client, channel):
        super().__init__(daemon=True)
        self.client, self.channel = client, channel
        self.statuses, self.enough = [], threading.Event()
        self.start()

    def run(self):
        while not self.enough.is_set():
            data = str(len(self.statuses))
            response = self.client.request(
                "POST",
                "/push/publish",
                web.form(channel=self.channel, data=data),
                web.FORM,
            )
            self.statuses.append(response.status)

    def stop(self):
        self.enough.set()
        self.join(30)
        return self.statuses


def test_30_readers_of_60_kb_messages_cost_redis_little(stage):
    site = stage.site({"history.length": 2 * KEPT})
    ids = stage.command(site).lines(
        "big", (f"{n:04} " + "x" * LARGE for n in range(KEPT))
    )
    site.publish("small", "old")
    subscriber = site.sse("small").ready()
    publisher = Publisher(site.client(), "small")
    until(lambda: publisher.statuses, "the first publication")
    used = info(site.redis, "memory", "used_memory")
    sent = info(site.redis, "stats", "total_net_output_bytes")
    target = "/push/http?" + web.query("big", last=1000, envelope="json")
    with ThreadPoolExecutor(READERS) as pool:
        responses = list(
            pool.map(
                lambda client: client.request("GET", target),
                [site.client() for _ in range(READERS)],
            )
        )
    sent = info(site.redis, "stats", "total_net_output_bytes") - sent
    peak = info(site.redis, "memory", "used_memory_peak")
    statuses = publisher.stop()
    note(
        f"{READERS} readers: Redis used {megabytes(used)}, then at most "
        f"{megabytes(peak)}, and sent {megabytes(sent)}; http.fcgi at most "
        f"{megabytes(peak_memory(site.responder('http')))}"
    )
    for response in responses:
        assert response.status == 200, f"{response!r}"
        assert [m["id"] for m in json.loads(response.body)["messages"]] == (
            ids[-4:]
        )
    assert set(statuses) == {201}, f"publications: {set(statuses)}"
    subscriber.wait_messages(len(statuses))
    in_order(subscriber.data, [str(n) for n in range(len(statuses))])
    # what other clients cause is little beside a page
    assert sent < (READERS + 5) * COMMAND, f"Redis sent {sent} bytes"
    # its buffers, for 8 pages at a time, with room to spare
    assert peak - used < 30 * COMMAND, f"from {used} to {peak} bytes"


def test_polls_of_60_kb_messages_get_all_that_is_kept_without_a_gap(stage):
    site = stage.site()
    ids = stage.command(site).lines(
        "big", (f"{n:04} " + "x" * LARGE for n in range(30))
    )
    cursor, got, sizes = "0", [], []
    while True:
        batch = site.get("poll", "big", since=cursor).json()
        if not batch["messages"]:
            break
        assert not [m for m in batch["messages"] if "gap" in m]
        got += [m["id"] for m in batch["messages"]]
        sizes.append(len(batch["messages"]))
        cursor = batch["cursor"]
    in_order(got, ids)
    assert sizes == [4] * 7 + [2]
