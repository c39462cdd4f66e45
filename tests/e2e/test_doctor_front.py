# SPDX-License-Identifier: MIT
"""push-doctor looks at a site from outside: it names what is broken
(harness/breakages.py has the list), and finds nothing in what is shipped."""

import concurrent.futures
import fcntl
import json
import os
import shutil
import socket
import subprocess

import pytest

from harness import process
from harness.apache import ApacheCgi, ApacheFcgid, ApacheProxy, module
from harness.breakages import BrokenApache, BrokenLighttpd, BrokenNginx
from harness.broken_handoff import BrokenHandoff
from harness.check import note
from harness.handoff import ApacheHandoff
from harness.https import with_https
from harness.lighttpd import Lighttpd, LighttpdCgi, LighttpdUnits
from harness.samples import sample
from harness.site import build

AT_ONCE = 3  # doctors
FOUND = ("error", "warning")
apache = pytest.mark.apache


# Entries of processes are written so often, which show who left.
OFTEN = {"status.interval": 3}


class Doctor:
    """push-doctor with a push.conf for the Redis of a site."""

    def __init__(self, stage, site, settings=""):
        self.path = os.path.join(stage.sub("etc"), "push.conf")
        with open(self.path, "w") as out:
            out.write(
                f"[bus]\nurl = {site.redis.url()}\n"
                f"[status]\ninterval = 3\n{settings}"
            )
        self.env = process.clean_environment({"limit.table": ""})

    def look(self, url, *options):
        """What it found from outside, and its exit status."""
        done = subprocess.run(
            [
                build("push-doctor"),
                *("--conf", self.path, "--json", "--only", "front"),
                *options,
                url,
            ],
            capture_output=True,
            env=self.env,
            timeout=120,
            check=False,
        )
        assert done.stderr == b"", done.stderr
        return json.loads(done.stdout)["findings"], done.returncode


def told(findings, levels=FOUND):
    return [f["sentence"] for f in findings if f["level"] in levels]


def said_of(doctor, site, breakage):
    """The finding of a breakage: None if it is not named."""
    findings, _ = doctor.look(
        site.where(breakage), "--patience", str(breakage.patience)
    )
    for finding in findings:
        if finding["level"] in FOUND and breakage.says in finding["sentence"]:
            if any(breakage.paste in line for line in finding["lines"]):
                return finding
    return None, findings


def left_of(doctor, site, mended):
    """What is still found when the lines are pasted."""
    return told(doctor.look(site.where(mended), "--patience", "0")[0])


def row(server, breakage, finding):
    """Of the table that is printed at the end."""
    name = server.__name__.removeprefix("Broken")
    line = next(l for l in finding["lines"] if breakage.paste in l)
    said = finding["sentence"]
    return f"| {name} | {breakage.name} | {said} | `{line.strip()}` |"


@pytest.mark.parametrize(
    "server",
    [
        pytest.param(BrokenApache, marks=[apache, pytest.mark.long]),
        pytest.param(BrokenHandoff, marks=[apache, pytest.mark.long]),
        BrokenLighttpd,
        pytest.param(BrokenNginx, marks=pytest.mark.nginx),
    ],
)
def test_each_breakage_is_named_with_a_line_to_paste(stage, server):
    settings = {"access.publish": "token", **OFTEN}
    site = stage.site(settings, server=server, websocket=True)
    doctor = Doctor(stage, site)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(lambda b: said_of(doctor, site, b), site.breakages))
        left = pool.map(lambda b: left_of(doctor, site, b), site.mended)
        left = dict(zip((mended.name for mended in site.mended), left))
    missed = [
        (breakage.name, result)
        for breakage, result in zip(site.breakages, found)
        if not isinstance(result, dict)
    ]
    assert missed == []
    assert {name: said for name, said in left.items() if said} == {}
    for breakage, finding in zip(site.breakages, found):
        pasted = [line.strip() for line in finding["lines"]]
        assert not breakage.mended or all(
            line in breakage.mended or line.startswith("#") for line in pasted
        ), pasted
        note(row(server, breakage, finding))


@pytest.mark.parametrize(
    "server",
    [
        *(LighttpdUnits, Lighttpd, LighttpdCgi),
        *(
            pytest.param(server, marks=apache)
            for server in (ApacheProxy, ApacheHandoff, ApacheFcgid, ApacheCgi)
        ),
    ],
)
def test_nothing_is_found_in_what_is_shipped(stage, server):
    settings = {"access.publish": "token", **OFTEN}
    site = stage.site(settings, server=server, websocket=True)
    findings, status = Doctor(stage, site).look(site.url("push"), "--patience", "2")
    assert told(findings) == []
    assert status == 0
    seen = told(findings, ("ok", "note"))
    assert any("is open after 2 s" in s for s in seen)
    # of a plain CGI program nobody else knows what it holds
    cgi = server in (LighttpdCgi, ApacheCgi)
    assert any("A client that left is" in s for s in seen) != cgi


@apache
@pytest.mark.parametrize(
    ("http2", "says", "paste"),
    [
        (True, "can hand off only HTTP/1.1", "Protocols http/1.1"),
        (False, "TLS ends in Apache", "a2disconf pushcgi-handoff"),
    ],
)
def test_what_apache_cannot_hand_off_is_found(stage, http2, says, paste):
    site = with_https(stage, ApacheHandoff, http2=http2)
    options = ("--patience", "0", "--ca", site.certificate)
    findings, status = Doctor(stage, site).look(site.secure("push"), *options)
    (found,) = (f for f in findings if says in f["sentence"])
    assert found["lines"][0].startswith(paste)
    assert status == 1


@apache
def test_a_login_that_a_hand_off_does_not_check_is_found(stage):
    login = (
        '<Location "/push/sse">\nAuthType Basic\nAuthName site\n'
        'AuthUserFile "/nobody"\nRequire valid-user\n</Location>\n'
    )
    site = stage.site(server=ApacheHandoff, after=login)
    header = "Authorization: Basic YW5uOnBhc3M="
    options = ("--patience", "0", "--header", header)
    findings, _ = Doctor(stage, site).look(site.url("push"), *options)
    (found,) = (f for f in findings if "has a login" in f["sentence"])
    assert found["sentence"].startswith("sse is not reached.")
    assert found["lines"] == ["Define pushcgi_handoff_login"]


@apache
@pytest.mark.long
def test_http2_streams_that_shut_a_visitor_out_are_found(stage):
    settings = {"limit.connection_held": 0}
    site = with_https(stage, ApacheProxy, settings)
    doctor = Doctor(stage, site)
    options = ("--patience", "0", "--ca", site.certificate)
    findings, status = doctor.look(site.secure("push"), *options)
    (said,) = told(findings)
    assert "streams answers no other request" in said
    assert status == 1


@pytest.mark.parametrize(
    "server", [LighttpdUnits, pytest.param(ApacheProxy, marks=apache)]
)
def test_http2_is_answered_beside_the_streams_that_are_held(stage, server):
    site = with_https(stage, server)
    options = ("--patience", "0", "--ca", site.certificate)
    findings, _ = Doctor(stage, site).look(site.secure("push"), *options)
    assert told(findings) == []
    (said,) = (s for s in told(findings, ("note",)) if "HTTP/2" in s)
    assert "other requests were answered" in said


def test_a_signed_url_is_made_where_a_token_is_needed(stage):
    secret = "0123456789abcdef0123456789abcdef"
    settings = {"access.subscribe": "token", "access.secret": secret, **OFTEN}
    site = stage.site(settings, websocket=True)
    text = f"[access]\nsubscribe = token\nsecret = {secret}\n"
    doctor = Doctor(stage, site, text)
    findings, _ = doctor.look(site.url("push"), "--patience", "2")
    assert told(findings) == []
    assert any("is open after 2 s" in s for s in told(findings, ("ok",)))


def test_what_it_publishes_ends_soon(site, stage):
    Doctor(stage, site).look(site.url("push"), "--patience", "0")
    keys = site.redis("KEYS", "push:{push-doctor-*")
    assert len(keys) >= 2
    for key in keys:
        assert 0 < site.redis("TTL", key) <= 120


@apache
@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_apache_says_how_many_it_can_serve(stage, mpm):
    site = stage.site(
        server=ApacheFcgid,
        mpm=mpm,
        before=module("status"),
        after='<Location "/server-status">\nSetHandler server-status\n</Location>',
    )
    findings, _ = Doctor(stage, site).look(site.url("push"), "--patience", "0")
    (said,) = (s for s in told(findings, ("note",)) if "MPM" in s)
    unit = "processes" if mpm == "prefork" else "threads"
    assert f"MPM {mpm}" in said and f"{unit} that run now are free" in said


def test_it_says_that_it_may_not_subscribe(stage):
    site = stage.site({"access.subscribe": "user"})
    doctor = Doctor(stage, site, "[access]\nsubscribe = user\n")
    findings, status = doctor.look(site.url("push"))
    (said,) = told(findings)
    assert said.startswith("Delivery is not checked")
    assert status == 0


def test_it_follows_no_redirect(stage):
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.setblocking(False)
        to = f"http://127.0.0.1:{other.getsockname()[1]}/push/"
        line = f'url.redirect = ( "^/push/" => "{to}" )\n'
        site = stage.site(after='server.modules += ( "mod_redirect" )\n' + line)
        findings, _ = Doctor(stage, site).look(site.url("push"))
        (said,) = told(findings)
        assert "A redirect answers" in said and to in said
        with pytest.raises(BlockingIOError):
            other.accept()


# --- doc/troubleshooting.md -------------------------------------------------

INSTALLED = "/usr/local/libexec/pushcgi/doctor.cgi"


def test_the_commands_of_the_page_look_at_a_site(stage):
    site = stage.site()
    doctor = Doctor(stage, site)
    for command in (
        sample("doc/troubleshooting.md", "sh", "push-doctor https"),
        sample("doc/troubleshooting.md", "sh", "--header"),
    ):
        for old, new in (
            ("push-doctor", f"{build('push-doctor')} --only front --patience 0"),
            ("https://shop.example/push", site.url("push")),
        ):
            assert old in command
            command = command.replace(old, new)
        done = subprocess.run(
            ["sh", "-c", command],
            capture_output=True,
            env={**doctor.env, "PUSHCGI_CONF": doctor.path},
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        assert b"0 errors" in done.stdout


def with_page(stage, server):
    """A site with doctor.cgi, which the user of the web server may run."""
    folder = stage.sub("doctor")
    os.chmod(folder, 0o755)
    program = shutil.copy(build("commands", "doctor.cgi"), folder)
    if server is ApacheCgi:
        lines = sample("doc/troubleshooting.md", "apache", "/push/doctor")
    else:
        lines = sample("doc/troubleshooting.md", "lighttpd", "/push/doctor")
    assert INSTALLED in lines
    settings = {"limit.table": "", "access.publish": "token"}
    after = lines.replace(INSTALLED, program)
    return stage.site(settings, server=server, after=after)


def front_of(response):
    assert response.status == 200, response
    return [f for f in response.json()["findings"] if f["area"] == "front"]


@apache
def test_the_page_looks_at_its_own_site(stage):
    for server in (LighttpdCgi, ApacheCgi):
        page_looks_at(with_page(stage, server))


def page_looks_at(site):
    target = "/push/doctor?format=json&patience=1"
    findings = front_of(site.request("GET", target))
    assert told(findings) == []
    assert any("is open after 1 s" in s for s in told(findings, ("ok",)))
    # not where the Host says, where nobody listens
    forged = {"Host": f"127.0.0.1:{process.free_port()}"}
    assert told(front_of(site.request("GET", target, None, forged))) == []
    # a proxy has added it, so the client may be anywhere
    foreign = {"X-Forwarded-For": "192.0.2.1"}
    assert site.request("GET", target, None, foreign).status == 403
    command = sample("doc/troubleshooting.md", "sh", "curl")
    command = command.replace("127.0.0.1/", f"127.0.0.1:{site.port}/")
    said = subprocess.run(
        ["sh", "-c", command.replace("=text", "=text&patience=0")],
        capture_output=True,
        timeout=60,
        check=True,
    ).stdout.decode()
    assert "Settings file: " in said and "warning" in said


def page(**variables):
    """Runs doctor.cgi as a web server does for a client of this machine."""
    return subprocess.run(
        [build("commands", "doctor.cgi")],
        capture_output=True,
        text=True,
        env={
            **process.clean_environment({"conf": "/dev/null"}),
            "GATEWAY_INTERFACE": "CGI/1.1",
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "/push/doctor",
            "SERVER_ADDR": "127.0.0.1",
            "SERVER_PORT": "1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "127.0.0.1",
            **variables,
        },
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "status, variables",
    [
        (405, {"REQUEST_METHOD": "POST"}),
        (400, {"HTTP_HOST": "127.0.0.1/x"}),
        (400, {"HTTP_HOST": ""}),
        (400, {"HTTP_HOST": "a" * 2000}),
        (400, {"SERVER_ADDR": ""}),
        (400, {"QUERY_STRING": "format=pdf"}),
        (400, {"QUERY_STRING": "patience=61"}),
        (403, {"REMOTE_ADDR": "192.0.2.1"}),
        (403, {"HTTP_HOST": "192.0.2.1"}),
        (403, {"HTTP_SEC_FETCH_SITE": "cross-site"}),
    ],
)
def test_the_page_refuses(status, variables):
    done = page(**variables)
    assert done.stdout.startswith(f"Status: {status} "), done
    assert "application/problem+json" in done.stdout
    client = variables.get("REMOTE_ADDR", "127.0.0.1")
    line = f"program=doctor event=refused client={client} status={status} "
    assert line in done.stderr


def test_one_run_of_the_page_at_a_time(stage):
    path = f"{stage.sub('etc')}/push.conf"
    with open(path, "w", encoding="utf-8") as out:
        fcntl.flock(out, fcntl.LOCK_EX)
        done = page(PUSHCGI_CONF=path)
    assert done.stdout.startswith("Status: 503 "), done
    assert "Retry-After: " in done.stdout


def test_the_page_is_no_command():
    done = subprocess.run(
        [build("commands", "doctor.cgi"), "--check"],
        capture_output=True,
        env=process.clean_environment(),
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, b"")
