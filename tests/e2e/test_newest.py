# SPDX-License-Identifier: MIT
"""http: the newest messages of a channel as a document."""
from harness.tap import equal, fact


@fact()
def http_gives_the_newest_up_to_a_thousand(stage):
    site = stage.site(settings={"history.length": "2000"})
    ids = stage.command(site).lines("news", [str(n) for n in range(1200)])
    for last in (1, 2, 100, 101, 1000, 5000):
        answer = site.get("http", ["news"], last=last)
        want = [str(n) for n in range(1200 - min(last, 1000), 1200)]
        equal(answer.body.decode().split("\n"), want, f"last={last}")
        equal(answer.headers["ETag"], f'"{ids[-1]}.{len(want)}"', "its tag")
    answer = site.get("http", ["news"], last=3, limit=2, envelope="json")
    equal([m["data"] for m in answer.json()["messages"]],
          ["1197", "1198", "1199"], "a limit means nothing here")


@fact()
def http_and_poll_know_their_tag_as_others_alter_it(stage):
    site = stage.site()
    newest = site.publish("news", "text")
    for program, tag in (("http", f"{newest}.1"), ("poll", newest)):
        for text, status in ((f'"{tag}"', 304), (f'W/"{tag}"', 304),
                             (f'"{tag}-gzip"', 304), ("*", 304),
                             (f'"x", W/"{tag}-gzip"', 304),
                             ('"1-1"', 200), (f'"{tag}0"', 200),
                             (tag, 200)):
            answer = site.get(program, ["news"], {"If-None-Match": text})
            equal((answer.status, answer.headers["ETag"]),
                  (status, f'"{tag}"'), f"{program} for {text}")
            equal(answer.body == b"", status == 304, "no body with 304")


@fact()
def http_of_a_channel_without_messages_is_404_and_says_why(stage):
    answer = stage.site().get("http", ["empty"])
    equal((answer.status, answer.json()["detail"]),
          (404, "Nothing is kept of this channel."), "the answer")


@fact()
def http_keeps_the_newest_when_all_are_too_much_for_one_answer(stage):
    site = stage.site()
    ids = stage.command(site).lines(
        "news", [f"{n} " + "x" * 65000 for n in range(30)])
    answer = site.get("http", ["news"], last=30, envelope="json").json()
    got = [m["id"] for m in answer["messages"]]
    equal(got, ids[-len(got):], "the last of them")
    equal(10 < len(got) < 30, True, f"{len(got)} of 30 in one answer")


@fact()
def http_does_not_look_at_a_cursor(stage):
    site = stage.site()
    for headers, extra in (({"Last-Event-ID": "zzz"}, {}), ({}, {"since": "x"})):
        answer = site.get("http", ["empty"], headers, **extra)
        equal(answer.status, 404, "status of an empty channel")


@fact()
def polls_that_begin_elsewhere_have_other_tags(stage):
    site = stage.site()
    first = site.publish("news", "one")
    last = site.publish("news", "two")
    tags = [site.get("poll", ["news"], {"Last-Event-ID": cursor}).headers["ETag"]
            for cursor in (first, last)]
    equal(tags, [f'"{last}.1"', f'"{last}"'], "tags")
    lost = site.get("poll", ["news"],
                    {"Last-Event-ID": "zzz", "If-None-Match": f'"{last}"'})
    equal(lost.status, 200, "status where a gap is to be told")
