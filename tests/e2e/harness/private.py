# SPDX-License-Identifier: MIT
"""Sites whose channels need a right, and what they answer who has none."""

import pytest

from harness import jwt, signed, web
from harness.apache import ApacheCgi, ApacheFcgid, ApacheProxy
from harness.handoff import ApacheHandoff
from harness.lighttpd import Lighttpd

# Everything needs a token or a signed URL, also iframe and jsonp.
TOKEN = {
    "access.subscribe": "token",
    "access.publish": "token",
    "access.secret": signed.SECRET,
    "access.jwt_key": jwt.SECRET,
    "access.scripts": "yes",
}

servers = pytest.mark.parametrize(
    "server",
    [
        Lighttpd,
        *(
            pytest.param(server, marks=pytest.mark.apache)
            for server in (ApacheProxy, ApacheFcgid, ApacheCgi, ApacheHandoff)
        ),
    ],
    ids=lambda server: server.__name__,
)


def ask(site, program, channels, headers=None, **parameters):
    """The head of the response, whether it is held or not."""
    if program in ("jsonp", "iframe"):
        parameters.setdefault("callback", "app.got")
    stream = site.stream(program, channels, headers, **parameters)
    stream.until(lambda: stream.status is not None, "head")
    return stream


def status(*question, **parameters):
    return ask(*question, **parameters).status


def is_refusal(response, wanted, *words, scheme="Bearer"):
    """A problem with this status, whose detail has the words."""
    assert response.status == wanted, f"{response!r}"
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Cache-Control"] == "private, no-store"
    problem = response.json()
    assert problem["status"] == wanted
    for word in words:
        assert word in problem["detail"], f"{word}: {problem}"
    said = response.headers.get("WWW-Authenticate", "")
    assert said.startswith(f'{scheme} realm="push"') == (wanted == 401), said
    return problem


def post(site, channel, data, headers=None, **parameters):
    """Publishes with what is in the URL or in the headers."""
    return site.request(
        "POST",
        "/push/publish?" + web.query(**parameters),
        web.form(channel=channel, data=data),
        {**web.FORM, **(headers or {})},
    )
