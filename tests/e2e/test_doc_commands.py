# SPDX-License-Identifier: MIT
"""The lines that an administrator pastes, in a root where pushcgi is installed
as README.md says."""

import re
import subprocess

import pytest

from harness.check import until
from harness.nginx import FASTCGI, LIMITS, WEBSOCKET
from harness.samples import sample
from harness.site import source
from test_doc_install import root  # noqa: F401 (a fixture)

pytestmark = [pytest.mark.long, pytest.mark.mounts]

README = "README.md"
ACCESS = "doc/access.md"
NGINX = "doc/nginx.md"
OPERATING = "doc/operating.md"
BOOK = "doc/adding-push-to-a-cgi-site.md"
TRY = sample(README, "sh", "./demo")
CHECK = sample(README, "sh", "./check --full")
BUILD = sample(README, "sh", "make install")
TIMER = sample(README, "sh", "pushcgi-flush.timer")
EXPLAIN = sample(ACCESS, "sh", "--explain")
SECRET = sample(ACCESS, "sh", "/etc/pushcgi/jwt.key")
ANOTHER = sample(ACCESS, "sh", "secret.new")
TOKEN = sample(ACCESS, "sh", "--jwt")
COOKIE = sample(ACCESS, "sh", "Set-Cookie")
PUBLISHER = sample("doc/techniques/publish.md", "sh", "--new-secret")
SPOOL = sample(BOOK, "sh", "install -d")
CRON = sample(BOOK, "cron", "--flush")
SOCKETS = sample(NGINX, "sh", "systemctl enable")
RELOAD = sample(NGINX, "sh", "nginx -t")
SETTING = sample(OPERATING, "sh", "push-doctor --check")
DROP_IN = sample(OPERATING, "sh", "apache2-pushcgi.conf")
UPGRADE = sample(OPERATING, "sh", "restart lighttpd")
STOP = sample(OPERATING, "sh", "disable --now")


def test_the_commands_of_a_clone():
    """Each is there; ./demo itself runs in test_demo_page.py, and ./check now."""
    for line in (TRY + CHECK).splitlines():
        command, *options = line.split("#")[0].split()
        said = subprocess.run(
            [command, "--help"],
            cwd=source(),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert all(option in said for option in options), line


def packages(root):
    """The rest of these lines is what harness/root.py has done."""
    lines, rest = BUILD.split("autoreconf -i\n")
    root.run(lines)
    assert rest.split() == [
        *("./configure", "--sysconfdir=/etc", "--with-systemdsystemunitdir"),
        *("\\", "--with-apache-confdir", "--with-lighttpd-confdir"),
        *("make", "make", "install"),
    ]


def secrets(root):
    root.run("[ -e /etc/pushcgi ] || ln -s /usr/local/etc/pushcgi /etc/pushcgi")
    root.run(SECRET + PUBLISHER)
    for name in ("secret", "jwt.key", "publish"):
        mode = root.run(f"stat -L -c '%a %U %G' /etc/pushcgi/{name}").strip()
        assert mode == "640 root www-data", f"{name}: {mode}"
        assert re.fullmatch(
            r"[\w-]{43}\n", root.run(f"cat /etc/pushcgi/{name}")
        )
    old = root.run("cat /etc/pushcgi/secret")
    root.run(ANOTHER)
    new, kept = root.run("cat /etc/pushcgi/secret").splitlines(True)
    assert kept == old != new
    signed = root.run(
        "push-token --url /push/sse --channel orders-42 --ttl 10m"
    ).strip()
    said = root.run(re.sub(r"'/push/sse.*?'", f"'{signed}'", EXPLAIN))
    assert "orders-42" in said
    key = "PUSHCGI_ACCESS_JWT_KEY_FILE=/etc/pushcgi/jwt.key"
    cookie = root.run(f"export {key}; id=42\n{TOKEN}{COOKIE}")
    assert re.fullmatch(
        r"Set-Cookie: pushcgi=[\w-]+\.[\w-]+\.[\w-]+; Path=/push/; "
        r"Max-Age=600; Secure; HttpOnly; SameSite=Strict\n",
        cookie,
    ), cookie


def spool(root):
    root.run(SPOOL)
    *when, user, command = CRON.split(None, 6)
    assert when == ["*"] * 5
    publish = "push-publish --spool /var/spool/guestbook book 'kept'"
    down = "PUSHCGI_BUS_URL=unix:///nonexistent"
    as_user = f"setpriv --reuid={user} --regid={user} --init-groups"
    root.run(f"{as_user} env {down} {publish} || [ $? -eq 3 ]")
    assert root.run("ls /var/spool/guestbook")
    root.run(f"{as_user} {command}")
    assert root.redis.client()("XLEN", "push:{book}:log") == 1


def operating(root):
    """The units are there, and nothing stays enabled in the end."""
    enabled = "ls /etc/systemd/system/*.wants | grep pushcgi"
    root.run(SOCKETS + TIMER)
    before = root.run(enabled)
    assert "pushcgi@sse.socket" in before and "pushcgi-flush.timer" in before
    root.run(DROP_IN)
    assert "PartOf=apache2" in root.run(
        "cat /etc/systemd/system/pushcgi@.service.d/apache2.conf"
    )
    root.run(SETTING)
    root.run(UPGRADE)
    root.run(STOP)
    assert root.run(f"{enabled} || :") == ""


def test_what_an_administrator_pastes_does_what_the_pages_say(root):
    packages(root)
    secrets(root)
    spool(root)
    operating(root)


@pytest.mark.nginx
def test_behind_nginx(root):
    root.run(SOCKETS)
    root.start_sockets()
    folder = "/etc/nginx"
    conf = root.run(f"cat {folder}/nginx.conf")
    conf = re.sub(r"(?s)events \{.*?\}\n", lambda _: LIMITS, conf, count=1)
    root.write(f"{folder}/nginx.conf", conf)
    server = (
        f"server {{\n\tlisten 127.0.0.1:{root.port};\n"
        f"\tlocation / {{ return 200 page; }}\n{FASTCGI}{WEBSOCKET}}}\n"
    )
    root.write(f"{folder}/sites-available/default", server)
    test, subscribe, publish = RELOAD.splitlines()
    root.run(test)
    root.start_nginx()
    curl = root.start("curl", "bash", "-c", root.here(subscribe) + " wait")

    def shows():
        root.run(publish)
        return "data: it works" in curl.output()

    until(shows, "the message in the terminal", step=0.2)
