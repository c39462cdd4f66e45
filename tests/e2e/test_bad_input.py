# SPDX-License-Identifier: MIT
"""Wrong requests get the right status and a reason."""

from harness import web


def refused(response, status, *words):
    """A problem of that status, whose reason contains `words`."""
    assert response.status == status, f"status of {response!r}"
    assert "application/problem+json" in response.headers["Content-Type"]
    said = response.json()
    assert said["status"] == status
    assert said["title"], "the problem has no title"
    assert said["detail"].endswith("."), f"not a sentence: {said['detail']!r}"
    for word in words:
        assert word in said["detail"].lower()


def test_no_channel_is_400(site):
    for program in ("sse", "longpoll"):
        refused(site.get(program), 400, "channel")
    refused(
        site.request("POST", "/push/publish", web.form(data="x"), web.FORM),
        400,
        "channel",
    )


def test_a_bad_channel_name_is_400_and_says_why(site):
    for name, words in (
        ("", ("channel",)),
        ("a b", ("space",)),
        ("a*", ("*",)),
        ("{a}", ("{",)),
        ("a\u0085b", ("control",)),
        ("x" * 256, ("255",)),
    ):
        for program in ("sse", "longpoll"):
            refused(site.get(program, name), 400, *words)
        refused(site.post(name, "data"), 400, *words)
    refused(site.post("a\tb", "data"), 400, "control")


def test_a_channel_that_is_not_utf_8_is_400(site):
    for raw in ("%ff", "%c0%80", "%ed%a0%80", "a%00b"):
        for program in ("sse", "longpoll"):
            response = site.request("GET", f"/push/{program}?channel={raw}")
            if response.headers.get("Content-Type") == "text/html":
                continue  # lighttpd itself refused the URL
            refused(response, 400)
        response = site.request(
            "POST", "/push/publish", f"channel={raw}&data=x".encode(), web.FORM
        )
        refused(response, 400)


def test_more_than_32_channels_are_400(site, channel):
    names = channel.also(*map(str, range(33)))
    for program in ("sse", "longpoll"):
        refused(site.get(program, names), 400, "32")
    batch = site.longpoll(names[:32])
    assert batch["messages"] == []


def test_a_repeated_parameter_is_400(site):
    for twice in ("since=0&since=0", "wait=1&wait=2", "limit=1&limit=1"):
        response = site.request("GET", f"/push/longpoll?channel=a&{twice}")
        refused(response, 400, twice.split("=", maxsplit=1)[0])


def test_a_wrong_method_is_405_and_says_which_are_allowed(site):
    for program in ("sse", "longpoll"):
        for method in ("POST", "PUT", "DELETE"):
            response = site.request(
                method,
                f"/push/{program}?channel=a",
                b"x" if method != "DELETE" else None,
            )
            refused(response, 405)
            assert "GET" in response.headers["Allow"]
    for method in ("GET", "PUT"):
        response = site.request(
            method, "/push/publish", b"x" if method == "PUT" else None
        )
        refused(response, 405)
        assert "POST" in response.headers["Allow"]


def test_options_is_204(site):
    for program in ("sse", "longpoll", "publish"):
        response = site.request(
            "OPTIONS",
            f"/push/{program}?channel=a",
            None,
            {"Content-Length": "0"},
        )
        assert (response.status, response.body) == (204, b""), program
        assert "OPTIONS" in response.headers["Allow"]


def test_head_is_answered_without_holding(site, channel):
    last = site.publish(channel, "x")
    for program, kind in (
        ("sse", "text/event-stream"),
        ("longpoll", "application/json"),
    ):
        response = site.request(
            "HEAD", f"/push/{program}?channel={channel}&since={last}&wait=50"
        )
        assert (response.status, response.body) == (200, b""), program
        assert kind in response.headers["Content-Type"]


def test_a_body_over_the_limit_is_413(stage):
    site = stage.site({"message.max_bytes": 1000})
    refused(site.post("news", "x" * 1001), 413)
    refused(site.post("news", "x" * 500000), 413)
    assert site.post("news", "x" * 1000).status == 201
    assert site.redis("XLEN", "push:{news}:log") == 1


def test_the_limit_counts_decoded_bytes(site, channel):
    """%XX triples a form; \\u00XX sextuples JSON."""
    assert site.post(channel, "\x01" * 65536).status == 201
    body = b'{"channel":"%b","data":"%b"}' % (
        channel.encode(),
        b"\\u0001" * 65536,
    )
    assert site.request("POST", "/push/publish", body, web.JSON).status == 201


def test_data_that_is_not_utf_8_is_400(site, channel):
    for raw in (b"%FF", b"\xff", b"%C3", b"%ED%A0%80", b"%F4%90%80%80"):
        response = site.request(
            "POST",
            "/push/publish",
            b"channel=%b&data=%b" % (channel.encode(), raw),
            web.FORM,
        )
        refused(response, 400, "utf-8")
    response = site.request(
        "POST",
        "/push/publish",
        b'{"channel":"%b","data":"\xff"}' % channel.encode(),
        web.JSON,
    )
    refused(response, 400, "utf-8")
    assert site.redis("EXISTS", channel.log) == 0


def test_data_with_a_nul_is_400(site, channel):
    response = site.request(
        "POST",
        "/push/publish",
        f"channel={channel}&data=a%00b".encode(),
        web.FORM,
    )
    refused(response, 400, "nul")
    response = site.request(
        "POST",
        "/push/publish",
        b'{"channel":"%b","data":"a\\u0000b"}' % channel.encode(),
        web.JSON,
    )
    refused(response, 400, "nul")
    assert site.redis("EXISTS", channel.log) == 0


def test_invalid_json_is_400(site):
    for text in (
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"channel":"a"}',
        b'{"channel":1,"data":"x"}',
        b'{"channel":"a","data":1}',
        b'{"channel":"a","data":"x"} more',
        b"[" * 5000,
    ):
        response = site.request("POST", "/push/publish", text, web.JSON)
        refused(response, 400)


def test_an_unknown_type_of_body_is_415_or_400(site):
    response = site.request(
        "POST",
        "/push/publish",
        b"channel=a&data=b",
        {"Content-Type": "text/plain"},
    )
    assert response.status in (400, 415), f"{response!r}"


def test_a_reserved_or_too_long_event_type_is_400(site, channel):
    for event in ("gap", "cursor", "end", "x" * 65, "a\nb"):
        refused(site.post(channel, "x", event=event), 400)
    assert site.post(channel, "x", event="x" * 64).status == 201


def test_a_bad_key_is_400(site, channel):
    for key in ("x" * 129, "a b", "k\u00e9y"):
        refused(site.post(channel, "x", key=key), 400, "key")


def test_a_cursor_of_too_many_parts_is_400(site):
    parts = "~".join(f"AAAAA{n:02}.1-1" for n in range(33))
    refused(site.get("longpoll", "a", since=parts, wait=0), 400)


def test_lighttpd_refuses_control_characters_in_a_url(site):
    response = site.request("GET", "/push/sse?channel=a%0Ab")
    assert response.status == 400
