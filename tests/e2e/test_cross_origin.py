# SPDX-License-Identifier: MIT
"""Pages of another origin that access.origins lists, in Chromium."""

from harness.check import until

# With a header that makes the browser ask first (a preflight).
FETCH = """
window.got = {};
for (const [name, url] of Object.entries(arguments[0]))
  fetch(url, { headers: { Authorization: "Bearer x" }, credentials: "include" })
    .then((response) => response.json())
    .then((body) => { got[name] = body.messages[0].data; },
          (error) => { got[name] = error.name; });
"""
LISTEN = """
window.heard = {};
for (const [name, url] of Object.entries(arguments[0])) {
  const source = new EventSource(url, { withCredentials: true });
  source.onmessage = (event) => { heard[name] = event.data; source.close(); };
  source.onerror = () => { heard[name] = "error"; source.close(); };
}
"""


def sites(stage):
    """Where the page is, and two that it reads: it is listed at the first."""
    page = stage.site()
    listed = stage.site(
        {"access.origins": page.url().rstrip("/")}, redis=page.redis
    )
    return page, listed, stage.site(redis=page.redis)


def urls(technique, **sites_by_name):
    return {
        name: site.url(f"push/{technique}?channel=news&since=0")
        for name, site in sites_by_name.items()
    }


def test_only_a_page_of_a_listed_origin_reads(stage, browser):
    page, listed, other = sites(stage)
    page.publish("news", "hello")
    browser.go(page.url("index.html"))
    browser.run(FETCH, urls("poll", listed=listed, other=other))
    until(
        lambda: len(browser.run("return got")) == 2, "both answers", 30
    )
    assert browser.run("return got") == {
        "listed": "hello",
        "other": "TypeError",
    }
    browser.run(LISTEN, urls("sse", listed=listed, other=other))
    until(
        lambda: len(browser.run("return heard")) == 2, "both streams", 30
    )
    assert browser.run("return heard") == {
        "listed": "hello",
        "other": "error",
    }


def test_the_preflight_is_kept_and_publishing_is_not_allowed(stage):
    page, listed, _ = sites(stage)
    origin = {
        "Origin": page.url().rstrip("/"),
        "Access-Control-Request-Method": "GET",
    }
    answer = listed.request("OPTIONS", "/push/poll", None, origin)
    assert answer.status == 204
    assert answer.headers["Access-Control-Max-Age"] == "86400"
    assert answer.headers["Access-Control-Allow-Origin"] == origin["Origin"]
    for headers in (
        listed.request("OPTIONS", "/push/publish", None, origin).headers,
        listed.post("news", "x", origin).headers,
        listed.get("poll", "news", {"Origin": "https://evil.example"}).headers,
        listed.get("poll", "news", {"Origin": "null"}).headers,
    ):
        assert "Access-Control-Allow-Origin" not in headers
