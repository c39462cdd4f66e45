# SPDX-License-Identifier: MIT
"""What is wrong is refused with the right status and a clear sentence."""
from harness import web
from harness.tap import contains, equal, fact, true


def refused(answer, status, *words):
    """A problem of that status, with a reason that names what is wrong."""
    equal(answer.status, status, f"status of {answer!r}")
    contains(answer.headers["Content-Type"], "application/problem+json",
             "type")
    said = answer.json()
    equal(said["status"], status, "status in the body")
    true(said["title"], "no title")
    true(said["detail"].endswith("."), f"no sentence: {said['detail']!r}")
    for word in words:
        contains(said["detail"].lower(), word, "the reason")


@fact()
def no_channel_is_400(stage):
    site = stage.site()
    for program in ("sse", "longpoll"):
        refused(site.get(program), 400, "channel")
    refused(site.request("POST", "/push/publish", web.form(data="x"),
                         web.FORM), 400, "channel")


@fact()
def a_bad_channel_name_is_400_and_says_why(stage):
    site = stage.site()
    for name, words in (("", ("channel",)), ("a b", ("space",)),
                        ("a*", ("*",)), ("{a}", ("{",)),
                        ("a\u0085b", ("control",)), ("x" * 256, ("255",))):
        for program in ("sse", "longpoll"):
            refused(site.get(program, name), 400, *words)
        refused(site.post(name, "data"), 400, *words)
    refused(site.post("a\tb", "data"), 400, "control")


@fact()
def a_channel_that_is_not_utf_8_is_400(stage):
    site = stage.site()
    for raw in ("%ff", "%c0%80", "%ed%a0%80", "a%00b"):
        for program in ("sse", "longpoll"):
            answer = site.request("GET", f"/push/{program}?channel={raw}")
            if answer.headers.get("Content-Type") == "text/html":
                continue  # lighttpd itself refused the URL
            refused(answer, 400)
        answer = site.request("POST", "/push/publish",
                              f"channel={raw}&data=x".encode(), web.FORM)
        refused(answer, 400)


@fact()
def more_than_32_channels_are_400(stage):
    site = stage.site()
    names = [f"c{n}" for n in range(33)]
    for program in ("sse", "longpoll"):
        refused(site.get(program, names), 400, "32")
    batch = site.longpoll(names[:32])
    equal(batch["messages"], [], "messages of 32")


@fact()
def a_parameter_that_stands_twice_is_400(stage):
    site = stage.site()
    for twice in ("since=0&since=0", "wait=1&wait=2", "limit=1&limit=1"):
        answer = site.request("GET", f"/push/longpoll?channel=a&{twice}")
        refused(answer, 400, twice.split("=", maxsplit=1)[0])


@fact()
def a_wrong_method_is_405_and_says_which_are_allowed(stage):
    site = stage.site()
    for program in ("sse", "longpoll"):
        for method in ("POST", "PUT", "DELETE"):
            answer = site.request(method, f"/push/{program}?channel=a",
                                  b"x" if method != "DELETE" else None)
            refused(answer, 405)
            contains(answer.headers["Allow"], "GET", "Allow")
    for method in ("GET", "PUT"):
        answer = site.request(method, "/push/publish",
                              b"x" if method == "PUT" else None)
        refused(answer, 405)
        contains(answer.headers["Allow"], "POST", "Allow")


@fact()
def options_is_204(stage):
    site = stage.site()
    for program in ("sse", "longpoll", "publish"):
        answer = site.request("OPTIONS", f"/push/{program}?channel=a",
                              None, {"Content-Length": "0"})
        equal((answer.status, answer.body), (204, b""), program)
        contains(answer.headers["Allow"], "OPTIONS", "Allow")


@fact()
def head_is_answered_without_holding(stage):
    site = stage.site()
    last = site.publish("a", "x")
    for program, kind in (("sse", "text/event-stream"),
                          ("longpoll", "application/json")):
        answer = site.request(
            "HEAD", f"/push/{program}?channel=a&since={last}&wait=50")
        equal((answer.status, answer.body), (200, b""), program)
        contains(answer.headers["Content-Type"], kind, "type")


@fact()
def a_body_over_the_limit_is_413(stage):
    site = stage.site({"message.max_bytes": 1000})
    refused(site.post("news", "x" * 1001), 413)
    refused(site.post("news", "x" * 500000), 413)
    equal(site.post("news", "x" * 1000).status, 201,
          "status of what just fits")
    equal(site.redis("XLEN", "push:{news}:log"), 1, "stored")


@fact()
def a_body_that_fits_in_spite_of_its_encoding_is_taken(stage):
    """%XX triples a form; \\u00XX sextuples JSON."""
    site = stage.site()
    equal(site.post("news", "\x01" * 65536).status, 201, "a form")
    body = b'{"channel":"news","data":"' + b"\\u0001" * 65536 + b'"}'
    equal(site.request("POST", "/push/publish", body, web.JSON).status, 201,
          "JSON")


@fact()
def data_that_is_not_utf_8_is_400(stage):
    site = stage.site()
    for raw in (b"%FF", b"\xff", b"%C3", b"%ED%A0%80", b"%F4%90%80%80"):
        answer = site.request("POST", "/push/publish",
                              b"channel=news&data=" + raw, web.FORM)
        refused(answer, 400, "utf-8")
    answer = site.request("POST", "/push/publish",
                          b'{"channel":"news","data":"\xff"}', web.JSON)
    refused(answer, 400, "utf-8")
    equal(site.redis("EXISTS", "push:{news}:log"), 0, "stored")


@fact()
def data_with_a_nul_is_400(stage):
    site = stage.site()
    answer = site.request("POST", "/push/publish",
                          b"channel=news&data=a%00b", web.FORM)
    refused(answer, 400, "nul")
    answer = site.request("POST", "/push/publish",
                          b'{"channel":"news","data":"a\\u0000b"}', web.JSON)
    refused(answer, 400, "nul")
    equal(site.redis("EXISTS", "push:{news}:log"), 0, "stored")


@fact()
def json_that_is_none_is_400(stage):
    site = stage.site()
    for text in (b"", b"{", b"[]", b"null", b'{"channel":"a"}',
                 b'{"channel":1,"data":"x"}', b'{"channel":"a","data":1}',
                 b'{"channel":"a","data":"x"} more', b"[" * 5000):
        answer = site.request("POST", "/push/publish", text, web.JSON)
        refused(answer, 400)


@fact()
def an_unknown_type_of_body_is_415_or_400(stage):
    site = stage.site()
    answer = site.request("POST", "/push/publish", b"channel=a&data=b",
                          {"Content-Type": "text/plain"})
    true(answer.status in (400, 415), f"{answer!r}")


@fact()
def an_event_type_of_ours_or_too_long_is_400(stage):
    site = stage.site()
    for event in ("gap", "cursor", "x" * 65, "a\nb"):
        refused(site.post("news", "x", event=event), 400)
    equal(site.post("news", "x", event="x" * 64).status, 201,
          "status of 64 bytes")


@fact()
def a_bad_key_is_400(stage):
    site = stage.site()
    for key in ("x" * 129, "a b", "k\u00e9y"):
        refused(site.post("news", "x", key=key), 400, "key")


@fact()
def a_cursor_of_too_many_parts_is_400(stage):
    site = stage.site()
    parts = "~".join(f"AAAAA{n:02}.1-1" for n in range(33))
    refused(site.get("longpoll", "a", since=parts, wait=0), 400)


@fact()
def a_url_with_control_characters_never_reaches_us(stage):
    site = stage.site()
    answer = site.request("GET", "/push/sse?channel=a%0Ab")
    equal(answer.status, 400, "status")
