# SPDX-License-Identifier: MIT
"""A site with a login, in two browsers: one that may and one that may not."""

import os
import re

import pytest

from harness.apache import ApacheFcgid, module
from harness.check import until
from harness.engines import Firefox
from harness.lighttpd import Lighttpd
from harness.samples import sample
from test_private import SCRIPT, SESSIONS, install

ACCESS = "doc/access.md"
pytestmark = pytest.mark.browser("firefox-esr")

SECRET = "/etc/pushcgi/secret"  # of the sample
LOGIN = """#!/usr/bin/perl
use strict;
use warnings;
print "Content-Type: text/html; charset=utf-8\\r\\n";
if ($ENV{REQUEST_METHOD} eq "POST") {
    read STDIN, my $body, $ENV{CONTENT_LENGTH};
    my ($user) = $body =~ /^user=(\\w+)$/ or die;
    my $id = join "", map { ("a" .. "z")[rand 26] } 1 .. 32;
    open my $file, ">", "SESSIONS/$id" or die $!;
    print $file "$user\\n";
    print "Set-Cookie: session=$id; Path=/; HttpOnly\\r\\n\\r\\n";
    print "Welcome, $user.";
} else {
    print "\\r\\n<form method=post><input name=user>";
    print "<button>Log in</button></form>";
}
"""
PAGE = """<!DOCTYPE html><meta charset="utf-8"><title>Orders</title>
<ul id="orders"></ul><script>
window.state = "connecting";
const source = new EventSource("URL");
// It is live: the head came before.
source.addEventListener("cursor", () => { state = "open"; });
source.onerror = () => {
  state = source.readyState === 2 ? "refused" : "lost";
};
source.onmessage = (event) => {
  document.getElementById("orders").append(
    Object.assign(document.createElement("li"), { textContent: event.data }));
};
</script>
"""
PHP = """<?php
$id = preg_replace("/\\\\W/", "", $_COOKIE["session"] ?? "");
$user = $id ? @file("SESSIONS/$id", FILE_IGNORE_NEW_LINES)[0] : null;
$url = "/push/sse?channel=orders-alice";
if ($user) {
    $channel = "orders-$user";
SAMPLE
}
?>
"""
RUN_PHP = """#!/bin/sh
export REDIRECT_STATUS=200 SCRIPT_FILENAME='{path}'
exec php-cgi
"""
SHOWN = "return [...document.querySelectorAll('li')].map(li => li.textContent)"


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    os.chmod(path, 0o755)
    return path


def pages(folder, secret):
    """The login, a page that subscribes by a script, and one in PHP."""
    with open(os.path.join(folder, "orders.pl"), encoding="utf-8") as script:
        sessions = re.search(r'sessions = "(.*)"', script.read()).group(1)
    os.chmod(sessions, 0o777)
    write(folder, "login.pl", LOGIN.replace("SESSIONS", sessions))
    page = PAGE.replace("URL", SCRIPT)
    write(
        folder,
        "perl.pl",
        "#!/usr/bin/perl\nprint \"Content-Type: text/html\\r\\n\\r\\n\";\n"
        "print while <DATA>;\n__DATA__\n" + page,
    )
    signing = sample(ACCESS, "php", "?channel=$channel").replace(SECRET, secret)
    text = PHP.replace("SAMPLE", signing).replace("SESSIONS", sessions)
    path = write(
        folder, "page.php", text + PAGE.replace("URL", "<?= $url ?>")
    )
    write(folder, "php.sh", RUN_PHP.format(path=path))


def shop(stage, server):
    """Orders are for who is logged in: by redirect or by a signed URL."""
    folder = install(stage)
    secret = write(folder, "secret", "0123456789abcdef\n")
    pages(folder, secret)
    settings = {
        "access.subscribe": "redirect token",
        "access.redirect_from": SCRIPT,
        "access.secret_file": secret,
    }
    if server is Lighttpd:
        lines = (
            'server.modules += ( "mod_cgi" )\n'
            f'alias.url = ( "/cgi-bin/" => "{folder}/" )\n'
            '$HTTP["url"] =~ "^/cgi-bin/" {\n'
            'cgi.assign = ( ".pl" => "", ".sh" => "" )\n}\n'
            + sample(ACCESS, "lighttpd", "local-redir")
        )
        return stage.site(settings, server=server, before=lines)
    os.chmod(folder, 0o777)
    lines = (
        module("cgid") + f'\nScriptSock "{folder}/sock"\n'
        f'ScriptAlias "/cgi-bin/" "{folder}/"\n'
        f'<Directory "{folder}">\nRequire all granted\n</Directory>\n'
    )
    return stage.site(settings, server=server, before=lines)


@pytest.mark.parametrize(
    "server",
    [Lighttpd, pytest.param(ApacheFcgid, marks=pytest.mark.apache)],
    ids=lambda server: server.__name__,
)
def test_who_is_logged_in_gets_the_orders_and_another_browser_does_not(
    stage, browser, server
):
    site = shop(stage, server)
    stranger = stage.add(Firefox(stage.sub("firefox")))
    browser.go(site.url("cgi-bin/login.pl"))
    browser.type("input", "alice")
    browser.click("button")
    until(
        lambda: "Welcome" in browser.run("return document.body.innerText"),
        "the welcome after the login",
    )
    for page in ("perl.pl", "php.sh"):
        for who, wanted in ((browser, "open"), (stranger, "refused")):
            who.go(site.url(f"cgi-bin/{page}"))
            until(
                lambda w=who, s=wanted: w.run("return state") == s,
                f"{page}: a stream that is {wanted}",
                30,
            )
        site.publish("orders-alice", f"an order, {page}")
        until(
            lambda p=page: f"an order, {p}" in browser.run(SHOWN),
            f"{page}: the order",
        )
        assert stranger.run(SHOWN) == [], page
