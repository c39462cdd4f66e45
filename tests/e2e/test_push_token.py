# SPDX-License-Identifier: MIT
"""The command push-token, and the samples of doc/access.md that sign as it does."""

import base64
import hashlib
import hmac
import os
import re
import subprocess

import pytest

from harness import process
from harness.check import until
from harness.samples import sample
from harness.site import build, source

ACCESS = "doc/access.md"
SECRET = "0123456789abcdef"
SHIPPED = "/etc/pushcgi/secret"  # as the samples name it


@pytest.fixture
def secret(stage):
    path = os.path.join(stage.folder, "secret")
    with open(path, "w") as out:
        out.write(f"{SECRET}\nfedcba9876543210\n")
    return path


def run(*command, stdin="", env=None):
    return subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        text=True,
        env={**process.clean_environment(), **(env or {})},
        timeout=30,
        check=False,
    )


def push_token(*arguments):
    return run(build("push-token"), *arguments)


def sign(string):
    """By Python."""
    mac = hmac.new(SECRET.encode(), string.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def test_a_token_lists_who_may_do_what(stage):
    """Signed with the key that the programs verify with."""
    key = run(build("push-token"), "--new-secret").stdout
    path = os.path.join(stage.folder, "jwt.key")
    with open(path, "w", encoding="utf-8") as out:
        out.write(key)
    os.chmod(path, 0o644)
    site = stage.site(
        {
            "access.publish": "token",
            "access.subscribe": "token",
            "access.jwt_key_file": path,
            "access.jwt_audience": "shop",
        }
    )
    settings = process.clean_environment(site.settings)
    words = ("--jwt", "--subscribe-to=news", "--publish-to=talk-{n}", "--ttl=1m")
    made = run(build("push-token"), *words, env=settings)
    assert (made.returncode, made.stderr) == (0, ""), f"{made!r}"
    assert key.strip() not in made.stdout
    token = {"Authorization": f"Bearer {made.stdout.strip()}"}
    for channel, reads, publishes in (("news", 200, 403), ("talk-1", 403, 201)):
        assert site.get("poll", channel, token).status == reads, channel
        assert site.post(channel, "x", token).status == publishes, channel
    cookie = {"Cookie": f"pushcgi={made.stdout.strip()}"}
    assert site.get("poll", "news", cookie).status == 200
    without = run(build("push-token"), *words, f"--secret-file={path}").stdout
    token = {"Authorization": f"Bearer {without.strip()}"}
    assert site.get("poll", "news", token).status == 401  # no audience


def page():
    with open(source("doc", "access.md"), encoding="utf-8") as text:
        return text.read()


def signs_as_push_token(secret, channels, script):
    """`script()` prints the URL that push-token prints in the same second."""
    arguments = [f"--channel={channel}" for channel in channels]

    def same():
        want = push_token(
            *("--url", "/push/sse", "--ttl", "10m", "--secret-file", secret),
            *arguments,
        )
        assert want.returncode == 0, want.stderr
        got = script()
        assert (got.returncode, got.stderr) == (0, "")
        seconds = [
            int(re.search(r"expires=(\d+)", url)[1])
            for url in (want.stdout, got.stdout)
        ]
        if seconds[0] != seconds[1]:
            return False
        assert got.stdout.strip() == want.stdout.strip()
        return True

    until(same, "both sign in the same second")


def test_a_signed_url_is_printed(secret):
    done = push_token(
        *("--url", "https://push.example/push/sse?envelope=json"),
        *("--channel", "orders-42", "--ttl", "10m", "--secret-file", secret),
    )
    assert (done.returncode, done.stderr) == (0, "")
    url = re.fullmatch(
        r"https://push\.example/push/sse\?envelope=json"
        r"&channel=orders-42&expires=(\d+)&sig=(\S+)\n",
        done.stdout,
    )
    assert url is not None, f"{done.stdout!r}"
    assert url[2] == sign(f"subscribe\norders-42\n{url[1]}")


def test_publishing_is_another_right(secret):
    done = push_token(
        *("--channel", "orders-42", "--ttl", "10m", "--publish"),
        *("--secret-file", secret),
    )
    parameters = re.fullmatch(
        r"channel=orders-42&expires=(\d+)&sig=(\S+)\n", done.stdout
    )
    assert parameters is not None, f"{done!r}"
    assert parameters[2] == sign(f"publish\norders-42\n{parameters[1]}")


def test_a_new_secret_can_be_used(stage):
    secrets = [push_token("--new-secret").stdout for _ in range(2)]
    assert secrets[0] != secrets[1]
    path = os.path.join(stage.folder, "new-secret")
    with open(path, "w") as out:
        out.write(secrets[0])
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}\n", secrets[0])
    done = push_token("--channel=a", "--ttl=1", "--secret-file", path)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_secret_is_never_printed(secret):
    for arguments in (
        ("--channel=a", "--ttl=1"),
        ("--channel=a", "--ttl=x"),
        ("--channel=a b", "--ttl=1"),
        ("--url=/?sig=1", "--channel=a", "--ttl=1"),
    ):
        done = push_token("--secret-file", secret, *arguments)
        assert SECRET not in done.stdout + done.stderr


def test_the_exit_status_says_what_failed(secret, stage):
    good = ("--channel=a", "--ttl=1", "--secret-file", secret)
    short = os.path.join(stage.folder, "short")
    with open(short, "w") as out:
        out.write("short\n")
    for status, arguments, reason in (
        (0, good, ""),
        (0, ("--help",), ""),
        (0, ("--version",), ""),
        (1, (*good, "--secret-file", "/nonexistent"), "No such file"),
        (1, (*good, "--secret-file", short), "16 characters"),
        (1, (*good, "--secret-file", stage.folder), "not a regular file"),
        (2, (*good, "--url", "/?channel=a"), "--channel"),
        (2, (*good, "--nonsense"), "--nonsense"),
        (2, (), "--channel is missing"),
    ):
        done = push_token(*arguments)
        assert done.returncode == status, f"{arguments}: {done!r}"
        assert reason in done.stderr
        assert bool(done.stdout) == (status == 0)


def test_a_line_that_cannot_be_printed_is_a_failure(secret):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [build("push-token"), "--new-secret"],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=30,
            check=False,
        )
    assert done.returncode == 1
    assert b"No space left" in done.stderr


def test_the_signature_in_the_documentation_is_right():
    text = page()
    lines = ["subscribe", "news", "orders-42", "1800000600"]
    string = "\n".join(lines)
    table = bytes.fromhex(
        "".join(re.findall(r"^((?:[0-9A-F]{2} )+[0-9A-F]{2})", text, re.M))
    )
    assert table == string.encode()
    assert f"`{sign(string)}`" in text
    url = re.search(r"channel=orders-42&expires=(\d+)&sig=([\w-]+)", text)
    assert url[2] == sign(f"subscribe\norders-42\n{url[1]}")


@pytest.mark.needs("perl")
def test_the_perl_sample_signs_as_push_token_does(secret):
    code = (
        'use strict; use warnings; my $channel = "orders-42";\n'
        + sample(ACCESS, "perl", "$channel\\n").replace(SHIPPED, secret)
        + 'print "$url\\n";\n'
    )
    signs_as_push_token(
        secret, ["orders-42"], lambda: run("perl", "-", stdin=code)
    )


@pytest.mark.needs("perl")
def test_the_perl_sample_signs_several_channels(secret):
    channels = ["b", "a", "ab", "Z", "9"]
    code = (
        f"use strict; use warnings; my @channels = qw({' '.join(channels)});\n"
        + sample(ACCESS, "perl", "@channels").replace(SHIPPED, secret)
        + 'print "$url\\n";\n'
    )
    signs_as_push_token(secret, channels, lambda: run("perl", "-", stdin=code))


@pytest.mark.needs("php")
def test_the_php_sample_signs_as_push_token_does(secret):
    code = (
        '<?php error_reporting(E_ALL); $channel = "orders-42";\n'
        + sample(ACCESS, "php", "$channel\\n").replace(SHIPPED, secret)
        + 'print "$url\\n";\n'
    )
    signs_as_push_token(secret, ["orders-42"], lambda: run("php", stdin=code))


@pytest.mark.needs("php")
def test_the_php_sample_signs_several_channels(secret):
    code = (
        "<?php error_reporting(E_ALL);\n"
        '$channels = ["b", "ab", "Z", "10", "9"];\n'
        + sample(ACCESS, "php", "$channels").replace(SHIPPED, secret)
        + 'print "$url\\n";\n'
    )
    signs_as_push_token(
        secret, ["10", "9", "Z", "ab", "b"], lambda: run("php", stdin=code)
    )


def test_the_shell_sample_signs_as_push_token_does(secret):
    code = (
        "set -eu; channel=orders-42\n"
        + sample(ACCESS, "sh", "$channel").replace(SHIPPED, secret)
        + 'printf "%s\\n" "$url"\n'
    )
    env = {
        "PATH": build() + ":" + os.environ["PATH"],
        "PUSHCGI_ACCESS_SECRET_FILE": secret,
    }
    signs_as_push_token(
        secret, ["orders-42"], lambda: run("sh", stdin=code, env=env)
    )


def test_the_secret_is_that_of_the_settings(secret, stage):
    conf = os.path.join(stage.folder, "push.conf")
    with open(conf, "w") as out:
        out.write(f"[access]\nsecret_file = {secret}\n")
    for options, settings in (
        ((), {"PUSHCGI_ACCESS_SECRET": SECRET}),
        ((), {"PUSHCGI_ACCESS_SECRET_FILE": secret}),
        ((), {"PUSHCGI_CONF": conf}),
        (("--conf", conf), {}),
    ):
        done = run(
            *(build("push-token"), "--channel=a", "--ttl=10m", *options),
            env=settings,
        )
        assert (done.returncode, done.stderr) == (0, "")
        expires = re.search(r"expires=(\d+)", done.stdout)[1]
        assert done.stdout.endswith(
            "&sig=" + sign(f"subscribe\na\n{expires}") + "\n"
        )


def test_without_a_secret_nothing_is_signed(stage):
    conf = os.path.join(stage.folder, "push.conf")
    for settings, reason in (
        ("", "There is no secret"),
        ("[access]\nsecret_file = /nonexistent\n", "No such file"),
        ("[access]\nsecret = short\n", "access.secret"),
    ):
        with open(conf, "w") as out:
            out.write(settings)
        done = push_token("--channel=a", "--ttl=10m", "--conf", conf)
        assert (done.returncode, done.stdout) == (1, "")
        assert reason in done.stderr
