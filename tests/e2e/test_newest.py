# SPDX-License-Identifier: MIT
"""http: the newest messages of a channel."""


def test_http_returns_up_to_history_replay_newest_messages(stage):
    site = stage.site(settings={"history.length": "2000"})
    ids = stage.command(site).lines("news", [str(n) for n in range(1200)])
    for last in (1, 2, 100, 101, 300, 5000):
        response = site.get("http", ["news"], last=last)
        want = [str(n) for n in range(1200 - min(last, 300), 1200)]
        assert response.body.decode().split("\n") == want, f"last={last}"
        assert response.headers["ETag"] == f'"{ids[-1]}.{len(want)}"'
    response = site.get("http", ["news"], last=3, limit=2, envelope="json")
    assert [m["data"] for m in response.json()["messages"]] == [
        "1197",
        "1198",
        "1199",
    ]


def test_http_and_poll_accept_their_etag_as_servers_change_it(site, channel):
    newest = site.publish(channel, "text")
    for program, tag in (("http", f"{newest}.1"), ("poll", newest)):
        for text, status in (
            (f'"{tag}"', 304),
            (f'W/"{tag}"', 304),
            (f'"{tag}-gzip"', 304),
            ("*", 304),
            (f'"x", W/"{tag}-gzip"', 304),
            ('"1-1"', 200),
            (f'"{tag}0"', 200),
            (tag, 200),
        ):
            response = site.get(program, [channel], {"If-None-Match": text})
            assert (response.status, response.headers["ETag"]) == (
                status,
                f'"{tag}"',
            ), f"{program} for {text}"
            assert (response.body == b"") == (status == 304)


def test_http_of_an_empty_channel_is_404_with_a_reason(site, channel):
    response = site.get("http", channel)
    assert (response.status, response.json()["detail"]) == (
        404,
        "This channel has no messages.",
    )


def test_http_returns_the_newest_when_all_exceed_one_response(
    site, channel, stage
):
    ids = stage.command(site).lines(
        channel, [f"{n} " + "x" * 65000 for n in range(30)]
    )
    response = site.get("http", [channel], last=30, envelope="json").json()
    got = [m["id"] for m in response["messages"]]
    assert got == ids[-len(got) :]
    assert len(got) == 4, f"{len(got)} of 30 in 256 KB"


def test_http_ignores_a_cursor(site, channel):
    for headers, extra in (
        ({"Last-Event-ID": "zzz"}, {}),
        ({}, {"since": "x"}),
    ):
        response = site.get("http", channel, headers, **extra)
        assert response.status == 404


def test_polls_with_another_cursor_have_another_etag(site, channel):
    first = site.publish(channel, "one")
    last = site.publish(channel, "two")
    tags = [
        site.get("poll", [channel], {"Last-Event-ID": cursor}).headers["ETag"]
        for cursor in (first, last)
    ]
    assert tags == [f'"{last}.1"', f'"{last}"']
    lost = site.get(
        "poll",
        [channel],
        {"Last-Event-ID": "zzz", "If-None-Match": f'"{last}"'},
    )
    assert lost.status == 200
