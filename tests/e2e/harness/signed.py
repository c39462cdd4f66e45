# SPDX-License-Identifier: MIT
"""Signed URLs: by push-token, and by the samples of doc/access.md."""

import subprocess
import time
import urllib.parse

from harness.check import Failed, until
from harness.process import clean_environment
from harness.samples import sample
from harness.site import build

ACCESS = "doc/access.md"
SECRET = "a secret that signs URLs"
SHIPPED = "/etc/pushcgi/secret"  # as the samples name it


def run(command, text="", **env):
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        env={**clean_environment(), **env},
        timeout=30,
        check=False,
    )
    if (done.returncode, done.stderr) != (0, ""):
        raise Failed(f"{command[0]}: {done!r}")
    return done.stdout.strip()


def sign(*channels, ttl="10m", publish=False, secret=SECRET):
    """The parameters channel, expires and sig, by push-token."""
    return run(
        [
            build("push-token"),
            *(f"--channel={channel}" for channel in channels),
            f"--ttl={ttl}",
            *["--publish"] * publish,
        ],
        PUSHCGI_ACCESS_SECRET=secret,
        PUSHCGI_CONF="/dev/null",
    )


def parameters(query):
    """Without the channels, as a dict."""
    pairs = dict(urllib.parse.parse_qsl(query))
    return {name: pairs[name] for name in ("expires", "sig")}


def rights(*channels, **options):
    """What to add to a request of these channels."""
    return parameters(sign(*channels, **options))


def opened_in_time(attempt):
    """What attempt(seconds) opens with rights that last so long, when they
    are good until it returns. A slow machine gets longer ones."""
    for seconds in (4, 12, 40):
        end = time.time() + seconds - 1  # they end at a whole second
        try:
            opened = attempt(seconds)
        except (Failed, AssertionError):
            if time.time() < end:
                raise
        else:
            if time.time() < end:
                return opened
    raise Failed("the rights ended before they were used")


def expired(*channels):
    """Rights that have just expired."""
    made = rights(*channels, ttl="1s")
    until(
        lambda: time.time() > int(made["expires"]) + 0.1,
        "the time when it expires",
    )
    return made


def by_perl(channel, secret_file):
    code = sample(ACCESS, "perl", "$channel\\n").replace(SHIPPED, secret_file)
    return run(
        ["perl", "-"],
        f'use strict; use warnings; my $channel = "{channel}";\n{code}'
        'print "$url\\n";\n',
    )


def by_php(channel, secret_file):
    code = sample(ACCESS, "php", "$channel\\n").replace(SHIPPED, secret_file)
    return run(
        ["php"],
        f'<?php error_reporting(E_ALL); $channel = "{channel}";\n{code}'
        'print "$url\\n";\n',
    )
