# SPDX-License-Identifier: MIT
"""/push/status behind each server, and what watches it."""

import json
import os
import re
import shutil
import signal
import subprocess

import pytest

from harness import fastcgi, process, web
from harness.apache import ApacheCgi, ApacheFcgid, ApacheProxy
from harness.check import until
from harness.lighttpd import Lighttpd, LighttpdCgi, LighttpdUnits
from harness.samples import sample
from harness.site import USER, build, change, source

SOON = {"status.interval": 1, "bus.audit": 1, "bus.timeout": 2}
ELSEWHERE = {"X-Forwarded-For": "192.0.2.1"}


def status(site):
    answer = site.get("status", format="json")
    assert answer.status in (200, 503), repr(answer)
    return answer.json()


def health(site):
    answer = site.get("status", health=1)
    return answer.status, answer.body.decode()


def held(site, program):
    return sum(
        p["held"] for p in status(site)["programs"] if p["program"] == program
    )


def healthy(site, *programs):
    """With what each of the programs says."""
    programs = programs or ("sse", "status")
    until(
        lambda: set(programs)
        <= {p["program"] for p in status(site)["programs"]},
        f"what {programs} say",
    )
    until(lambda: health(site) == (200, "ok\n"), "a healthy site")


@pytest.mark.apache
@pytest.mark.parametrize(
    "server",
    (Lighttpd, LighttpdUnits, ApacheFcgid, ApacheProxy),
)
def test_it_shows_who_is_held_behind_each_server(stage, channel, server):
    site = stage.site(SOON, server=server)
    site.sse(channel)
    until(lambda: held(site, "sse") == 1, "one held by sse")
    healthy(site)

    # A program that was slow for a second is a trouble for a moment.
    def shown():
        found = status(site)
        channels = found["channels"]
        return found["ok"] and {"channel": channel, "held": 1} in channels

    def metrics():
        text = site.get("status", format="prometheus").body.decode()
        return re.search(
            r'(?m)^pushcgi_held\{.*technique="sse".*way="fastcgi"} 1$', text
        )

    def page():
        answer = site.get("status", headers={"Accept": "text/html"})
        assert "no-store" in answer.headers["Cache-Control"]
        return b"All is well." in answer.body

    until(shown, "the channel, and no trouble")
    until(page, "a page without trouble")
    until(metrics, "the one that is held in the metrics")
    refused = site.get("status", headers=ELSEWHERE)
    assert refused.status == 403, repr(refused)


def test_it_shows_how_many_are_present(stage, channel):
    site = stage.site({"channel.presence": "count", **SOON})
    site.sse(channel)
    site.stream("longpoll", channel, since=0, wait=50)
    until(
        lambda: [
            c.get("present")
            for c in status(site)["channels"]
            if c["channel"] == channel
        ]
        == [2],
        "two that are present",
    )


@pytest.mark.apache
@pytest.mark.parametrize("server", (ApacheCgi, LighttpdCgi))
def test_as_cgi_it_shows_what_others_say(stage, server):
    redis = stage.redis()
    stage.responder("sse", SOON, redis=redis)
    site = stage.site(SOON, redis=redis, server=server)
    healthy(site, "sse")


def test_a_killed_process_disappears_and_a_stopped_one_is_named(stage):
    """One that hangs is deaf: nobody else would notice."""
    site = stage.site(SOON, server=LighttpdUnits)
    healthy(site, *site.programs)
    stopped, killed = site.responder("sse"), site.responder("poll")
    os.kill(killed, signal.SIGKILL)
    os.kill(stopped, signal.SIGSTOP)
    try:
        until(
            lambda: f"sse (pid {stopped}) on " in health(site)[1],
            "what is wrong with the stopped one",
            step=0.1,
        )
        until(
            lambda: killed not in [p["pid"] for p in status(site)["processes"]],
            "the end of what the killed one said",
        )
    finally:
        os.kill(stopped, signal.SIGCONT)
    site.start_program("poll")
    healthy(site)


HIDE = """
mount -t proc -o hidepid=invisible proc /proc
exec setpriv --reuid "$0" --regid "$0" --clear-groups "$@"
"""


class Hidden:
    """A program of the user, in a /proc that hides all others, as the units of
    systemd have it (ProtectProc=invisible)."""

    def __init__(self, stage, program, settings):
        folder = stage.sub(program)
        name = shutil.copy(build("fcgi", f"{program}.fcgi"), folder)
        self.address = ("127.0.0.1", process.free_port())
        self.process = process.Process(
            [
                *("unshare", "--mount", "sh", "-ec", HIDE, USER),
                *(name, "--listen", f"tcp:127.0.0.1:{self.address[1]}"),
            ],
            os.path.join(folder, f"{program}.log"),
            process.clean_environment(settings),
        )
        self.pid = self.process.pid
        stage.add(self)
        self.process.wait_for(self.address)

    def close(self):
        self.process.signal(signal.SIGCONT)
        self.process.stop()


def what_it_says(status):
    asked = fastcgi.environment("format=json", program="status")
    return json.loads(fastcgi.fetch(status.address, asked).body)


def ids(status, program):
    found = what_it_says(status)["processes"]
    return [p["id"] for p in found if p["program"] == program]


def read_again(status):
    """It has read the entries after now."""
    before = what_it_says(status)["at"]
    until(lambda: what_it_says(status)["at"] > before, "what is read anew")


@pytest.mark.mounts
@pytest.mark.needs("unshare", "setpriv")
@pytest.mark.parametrize("wall", ("auto", "no"))
def test_a_stopped_process_is_shown_where_proc_hides_it(stage, wall):
    redis = stage.redis()
    settings = stage.settings(redis, {**SOON, "process.wall": wall})
    settings["limit.table"] = ""
    sse, status = (Hidden(stage, p, settings) for p in ("sse", "status"))
    until(lambda: ids(status, "sse"), "what sse says")
    read_again(status)
    (entry,) = ids(status, "sse")
    sse.process.signal(signal.SIGSTOP)
    until(
        lambda: not redis("EXISTS", f"push:entry:{entry}"),
        "the end of the entry of sse",
    )
    read_again(status)
    assert ids(status, "sse") == [entry]
    sse.process.kill()
    read_again(status)
    assert not ids(status, "sse")


def test_health_is_bad_while_redis_is_away(stage):
    site = stage.site(SOON)
    healthy(site)
    site.redis.stop()
    until(lambda: health(site)[0] == 503, "a bad answer")
    assert site.get("status", format="html").status == 503
    site.redis.start()
    healthy(site)


@pytest.mark.browser
def test_the_page_shows_what_changes(stage, browser):
    # A program is late after one and a half of the interval, and then the page
    # has an error in the console.
    settings = {**SOON, "status.interval": 5}
    site = stage.site(settings, server=LighttpdUnits)
    healthy(site)
    browser.go(site.url("push/status"))
    browser.until("return document.body.innerText.includes('All is well.')", "the page")
    stream = site.sse("news")
    browser.until(
        "return [...document.querySelectorAll('td')].some("
        "cell => cell.textContent === 'news')",
        "the channel on the page",
    )
    stream.close()
    for width in (1280, 390):
        browser.call(
            "POST", "/window/rect", {"width": width, "height": 900, "x": 0, "y": 0}
        )
        browser.until(
            "return document.documentElement.scrollWidth <= innerWidth",
            f"a page that fits {width} pixels",
        )
    assert not browser.console(), browser.console()


# --- what watches it ---------------------------------------------------------


def found(port):
    """It answers 503 while it starts."""
    held = 'sum by (technique) (pushcgi_held{technique="sse"}) == 1'
    query = web.form(query=held).decode()
    return web.request(port, "GET", f"/api/v1/query?{query}")


@pytest.mark.needs("promtool", "prometheus")
def test_prometheus_scrapes_it(stage):
    site = stage.site(SOON)
    site.sse("news")
    healthy(site)
    checked = subprocess.run(
        ["promtool", "check", "metrics"],
        input=site.get("status", format="prometheus").body,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, b""), checked
    folder = stage.sub("prometheus")
    conf = os.path.join(folder, "prometheus.yml")
    with open(source("deploy", "monitoring", "prometheus.yml")) as shipped:
        with open(conf, "w") as out:
            out.write("global: {scrape_interval: 1s}\n" + shipped.read())
    change(conf, r"127\.0\.0\.1:80'", f"127.0.0.1:{site.port}'")
    port = process.free_port()
    server = process.Process(
        [
            "prometheus",
            f"--config.file={conf}",
            f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{port}",
        ],
        os.path.join(folder, "log"),
    )
    try:
        server.wait_for(("127.0.0.1", port))
        until(
            lambda: b'"value":' in found(port).body,
            "what Prometheus has scraped",
        )
    finally:
        server.stop()


@pytest.mark.needs("/usr/lib/nagios/plugins/check_http")
def test_nagios_asks_for_its_health(stage):
    site = stage.site(SOON)
    healthy(site)
    with open(source("deploy", "monitoring", "nagios.cfg")) as shipped:
        command = re.search(r"(?m)^\tcommand_line\t(.*)$", shipped.read())[1]

    def check():
        return subprocess.run(
            command.replace("$ARG1$", str(site.port)),
            shell=True,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    done = until(lambda: (d := check()).returncode == 0 and d, "no trouble")
    assert "OK" in done.stdout, done
    site.redis.stop()
    until(lambda: check().returncode == 2, "CRITICAL")


# --- the samples of the page -------------------------------------------------


def test_the_lines_of_the_page_work(stage):
    conf = os.path.join(stage.sub("conf"), "push.conf")
    with open(conf, "w") as out:
        out.write(sample("doc/techniques/status.md", "ini", "status ="))
    site = stage.site({**SOON, "conf": conf})
    lines = sample("doc/techniques/status.md", "sh", "curl")

    def healthy_by_curl():
        done = subprocess.run(
            lines.replace(":8080", f":{site.port}"),
            shell=True,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert done.stdout.startswith('{"ok":'), done
        return done.stdout.endswith("ok\n")

    until(healthy_by_curl, "a healthy site")
    assert site.get("status", headers=ELSEWHERE).status == 401
