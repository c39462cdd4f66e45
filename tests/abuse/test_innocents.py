# SPDX-License-Identifier: MIT
"""The innocents notice what they are there to notice."""

import pytest

from innocents import Innocents, Notes, Seen


@pytest.mark.quick
@pytest.mark.parametrize(
    "got, said",
    [
        ("a b c", ""),
        ("a c", "lacks 1 of 3 messages"),
        ("a b b c", "got twice 1 of 3 messages"),
        ("a c b", "got messages out of order"),
        ("a b c d", "got messages out of order, or of others"),
    ],
)
def test_what_is_wrong_with_messages_is_noticed(got, said):
    one = Seen("sse 1", "calm", Notes())
    for text in got.split():
        one.take(f"{text} 0")
    found = "\n".join(one.check(["a", "b", "c"]))
    assert said in found and bool(said) == bool(found)


@pytest.mark.quick
def test_a_killed_program_is_noticed(attack):
    site = attack.on()
    innocents = attack.stage.add(Innocents(site.port))
    site.kill("sse")
    faults = innocents.finish()["faults"]
    assert not site.intact()
    assert sum("ended: status 200, cut" in one for one in faults) == 20
    assert not [one for one in faults if one.startswith("websocket")]
