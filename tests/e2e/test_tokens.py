# SPDX-License-Identifier: MIT
"""JSON Web Tokens of a public library, with the claims that Mercure documents.

Source: https://mercure.rocks/spec#authorization
"""

import json
import os
import time

import pytest

from harness import jwt
from harness.check import until
from harness.jwt import bearer, mercure, mint, mint_all
from harness.private import TOKEN, ask, is_refusal, post, servers
from harness.techniques import ALL, Reading

pytestmark = pytest.mark.npm


def reads(site, channel, token):
    """The status of the response to reading with the token."""
    return site.get("poll", channel, bearer(token)).status


@servers
def test_a_token_is_taken_from_header_parameter_or_cookie(
    shared, stage, channel, server
):
    site = shared.site(TOKEN, server=server)
    stage.command(site).publish(channel, "hello")
    (other,) = channel.also("other")
    good, wrong = mint_all(
        [
            {"claims": mercure([name]), "alg": "HS256", "key": jwt.SECRET}
            for name in (channel, other)
        ]
    )

    def carried(token):
        return (
            {"headers": bearer(token)},
            {"headers": {"Authorization": f"bearer {token}"}},
            {"token": token},
            {"headers": {"Cookie": f"a=b; pushcgi={token}; c=d"}},
        )

    for technique in ALL:
        more = technique.parameters
        for good_way, wrong_way in zip(carried(good), carried(wrong)):
            reading = Reading(site, technique, channel, since="0", **good_way)
            assert reading.wait_data(1) == ["hello"], technique.name
            answer = ask(site, technique.name, channel, **more, **wrong_way)
            assert answer.status == 403, f"{technique.name} {answer.story()}"


@servers
def test_a_token_publishes_to_what_it_lists(shared, channel, server):
    site = shared.site(TOKEN, server=server)
    (other,) = channel.also("other")
    reader = site.sse(channel, bearer(jwt.reads(channel))).ready()
    writes = mint(mercure(publish=[channel]))
    cookie = {"Cookie": f"pushcgi={writes}"}
    assert post(site, channel, "1", bearer(writes)).status == 201
    assert post(site, channel, "2", token=writes).status == 201
    assert post(site, channel, "3", cookie).status == 201
    for token in (jwt.reads(channel), jwt.reads("*"), mint(mercure())):
        is_refusal(post(site, channel, "x", bearer(token)), 403, channel)
    is_refusal(post(site, other, "x", bearer(writes)), 403, other)
    is_refusal(post(site, channel, "x"), 401)
    is_refusal(post(site, channel, "x", bearer("abc")), 401)
    evil = {"Origin": "https://evil.example"}
    assert post(site, channel, "x", {**cookie, **evil}).status == 403
    cross = {"Sec-Fetch-Site": "cross-site"}
    assert post(site, channel, "x", {**cookie, **cross}).status == 403
    assert post(site, channel, "4", bearer(writes)).status == 201
    assert reader.wait_messages(4) == ["1", "2", "3", "4"]
    assert reads(site, channel, writes) == 403


def test_claims_match_channels_as_mercure_says(shared, channel):
    site = shared.site(TOKEN)
    book, chapter = channel.also("books/1", "books/1/chapter")
    cases = [
        ([channel], channel, 200),
        (["*"], book, 200),
        ([f"{channel}/books/{{id}}"], book, 200),
        ([f"{channel}/{{what}}/{{id}}"], book, 200),
        (["x", f"{channel}/books/{{id}}", "y"], book, 200),
        ([f"{channel}/books/{{id}}"], chapter, 403),
        ([f"{channel}/books/{{id}}"], channel, 403),
        ([f"{channel}/books/*"], book, 403),
        ([f"{channel}/books/{{+id}}"], book, 403),
        ([f"{channel}/{{id}}"], book, 403),
        (["https://example.com/{a}"], channel, 403),
        ([], channel, 403),
    ]
    tokens = mint_all(
        [
            {"claims": mercure(lists), "alg": "HS256", "key": jwt.SECRET}
            for lists, _, _ in cases
        ]
    )
    for (lists, name, wanted), token in zip(cases, tokens):
        assert reads(site, name, token) == wanted, f"{lists} {name}"
    both = site.get("poll", [channel, book], bearer(jwt.reads(channel)))
    is_refusal(both, 403, book)


def test_the_examples_of_mercure_are_accepted(shared, channel):
    """Topics that are URLs, and the claim by its registered name."""
    site = shared.site(TOKEN)
    base = f"https://example.com/{channel}"
    claims = mercure([f"{base}/books/{{id}}", f"{base}/users/foo"])
    named = {k: v for k, v in claims.items() if k != "mercure"}
    named["https://mercure.rocks/"] = claims["mercure"]
    claims["mercure"]["payload"] = {"user": base, "remoteAddr": "127.0.0.1"}
    for token in (mint(claims), mint(named)):
        for name, wanted in (
            (f"{base}/books/1", 200),
            (f"{base}/users/foo", 200),
            (f"{base}/users/bar", 403),
            (f"{base}/books/", 403),
            (f"{base}/books/1?a", 403),
        ):
            assert reads(site, name, token) == wanted, name


def test_a_token_counts_only_in_its_time(shared, channel):
    site = shared.site(TOKEN)
    now = int(time.time())
    for claims, reason in (
        ({"exp": now - 60}, "expired"),
        ({"exp": 1}, "expired"),
        ({"exp": "soon"}, "exp"),
        ({"nbf": now + 600}, "not yet valid"),
    ):
        token = mint(mercure([channel], **claims))
        answer = site.get("poll", channel, bearer(token))
        problem = is_refusal(answer, 401, channel, reason)
        assert token not in json.dumps(problem)
        said = answer.headers["WWW-Authenticate"]
        assert 'error="invalid_token"' in said
    for claims in ({"exp": None}, {"nbf": now - 60}, {"nbf": now + 5}):
        assert reads(site, channel, jwt.reads(channel, **claims)) == 200


def test_a_token_must_be_for_our_audience_and_of_our_issuer(shared, channel):
    site = shared.site(
        {**TOKEN, "access.jwt_audience": "push", "access.jwt_issuer": "shop"}
    )
    for claims, wanted in (
        ({"aud": "push", "iss": "shop"}, 200),
        ({"aud": ["other", "push"], "iss": "shop"}, 200),
        ({"aud": "other", "iss": "shop"}, 401),
        ({"aud": ["other"], "iss": "shop"}, 401),
        ({"iss": "shop"}, 401),
        ({"aud": "push"}, 401),
        ({"aud": "push", "iss": "shop2"}, 401),
    ):
        token = jwt.reads(channel, **claims)
        assert reads(site, channel, token) == wanted, f"{claims}"


def test_a_token_without_a_right_signature_is_refused(shared, channel):
    site = shared.site(TOKEN)
    claims = mercure([channel])
    good = mint(claims)
    head, payload, signature = good.split(".")
    larger = jwt.encode(json.dumps(mercure(["*"])).encode())
    assert reads(site, channel, good) == 200
    for token in (
        mint(claims, key="another secret, of more than 32 bytes"),
        mint(claims, "none"),
        mint(claims, "HS384"),
        mint(claims, "RS256", jwt.keys("RS256")["private"]),
        mint(claims, "ES256", jwt.keys("ES256")["private"]),
        jwt.forge({"alg": "None"}, claims, jwt.SECRET),
        jwt.forge({"alg": "none"}, claims, jwt.SECRET),
        jwt.forge({"alg": "RS256"}, claims, jwt.SECRET),
        jwt.forge({"typ": "JWT"}, claims, jwt.SECRET),
        jwt.forge({"alg": "HS256", "crit": ["exp"]}, claims, jwt.SECRET),
        f"{head}.{larger}.{signature}",
        f"{head}.{payload}.",
        f"{head}.{payload}",
        f"{head}.{payload}.{signature[:-1]}",
        f"{good}.{signature}",
        "a" * 9000,
        "..",
    ):
        answer = site.get("poll", channel, bearer(token))
        assert answer.status in (401, 431), f"{token[:40]}: {answer!r}"
        assert token not in answer.body.decode()


@pytest.mark.parametrize("alg", ("RS256", "ES256"))
def test_a_public_key_verifies_and_is_no_secret(stage, alg):
    pair, other = jwt.keys(alg), jwt.keys(alg, 2)
    path = os.path.join(stage.sub("keys"), "key.pem")

    def write(key):
        with open(path + ".new", "w", encoding="utf-8") as out:
            out.write(key)
        os.rename(path + ".new", path)

    write(pair["public"])
    site = stage.site(
        {"access.subscribe": "token", "access.jwt_key_file": path}
    )
    claims = mercure(["a"])
    good = mint(claims, alg, pair["private"])
    assert reads(site, "a", good) == 200
    assert reads(site, "b", good) == 403
    another = "RS256" if alg == "ES256" else "ES256"
    for token in (
        mint(claims, alg, other["private"]),
        mint(claims, another, jwt.keys(another)["private"]),
        mint(claims, "none"),
        mint(claims),
        *(
            jwt.forge({"alg": named}, claims, key)
            for named in ("HS256", alg)
            for key in (pair["public"], pair["public"].strip(), "")
        ),
    ):
        assert reads(site, "a", token) == 401, token
    write(other["public"])
    until(
        lambda: reads(site, "a", good) == 401,
        "a token that was known is refused with another key",
    )
    assert reads(site, "a", mint(claims, alg, other["private"])) == 200


def test_a_set_of_keys_is_chosen_from_by_kid_and_type(stage):
    rsa, ec, late = jwt.keys("RS256"), jwt.keys("ES256"), jwt.keys("ES256", 2)
    path = os.path.join(stage.sub("keys"), "jwks.json")

    def write(*keys):
        with open(path + ".new", "w", encoding="utf-8") as out:
            json.dump({"keys": list(keys)}, out)
        os.rename(path + ".new", path)

    first = {**rsa["jwk"], "kid": "r", "use": "sig"}, {**ec["jwk"], "kid": "e"}
    write(*first)
    site = stage.site({"access.subscribe": "token", "access.jwks_file": path})
    claims = mercure(["a"])
    for alg, pair, kid, wanted in (
        ("RS256", rsa, "r", 200),
        ("ES256", ec, "e", 200),
        ("RS256", rsa, None, 200),
        ("ES256", ec, None, 200),
        ("RS256", rsa, "e", 401),
        ("ES256", ec, "r", 401),
        ("ES256", ec, "x", 401),
        ("ES256", late, "e", 401),
    ):
        token = mint(claims, alg, pair["private"], kid)
        assert reads(site, "a", token) == wanted, f"{alg} {kid}"
    new = mint(claims, "ES256", late["private"], "n")
    assert reads(site, "a", new) == 401
    write(*first, {**late["jwk"], "kid": "n"})
    until(lambda: reads(site, "a", new) == 200, "the new key counts")
    write()
    until(lambda: reads(site, "a", new) == 401, "no key is left")
