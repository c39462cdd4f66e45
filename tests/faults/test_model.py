# SPDX-License-Identifier: MIT
"""When a message may have been stored."""

import pytest
from test_checker import Story


@pytest.mark.parametrize(
    "begin, later", [(None, False), (5.0, False), (45.0, True), (55.0, False)]
)
def test_only_a_rewind_after_an_answer_lets_a_message_be_stored_below_it(
    begin, later
):
    story = Story()
    if begin:
        story.rewind(begin, begin + 3, 4500)
    assert story.channel.may_be_stored_later(story.made[5], 44.0) == later
