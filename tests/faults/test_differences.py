# SPDX-License-Identifier: MIT
from differences import Differences


def judge(*samples):
    """Of (time, number, least, most) of one key."""
    judged = Differences(1.0)
    for now, number, least, most in samples:
        judged.sample(now, {"k": number}, {"k": least}, {"k": most})
    return judged


def test_a_number_between_least_and_most_is_no_difference():
    judged = judge((0, 1, 1, 3), (5, 3, 1, 3), (9, 0, 0, 0))
    assert (judged.largest, judged.violations) == (0, [])


def test_a_short_difference_is_measured():
    judged = judge((0, 1, 1, 1), (0.2, 1, 4, 4), (0.9, 1, 4, 4), (1.3, 4, 4, 4))
    assert (judged.largest, round(judged.longest, 1)) == (3, 0.7)
    assert not judged.violations


def test_a_difference_of_more_than_a_second_is_a_violation():
    assert judge((0, 2, 1, 1), (0.6, 2, 1, 1), (1.2, 2, 1, 1)).violations


def test_two_short_differences_are_not_a_long_one():
    samples = (0, 2, 1, 1), (0.8, 1, 1, 1), (1.4, 2, 1, 1), (2.2, 2, 1, 1)
    assert not judge(*samples).violations


def test_a_number_of_what_nobody_holds_is_a_difference():
    judged = Differences(1.0)
    for now in (0, 2):
        judged.sample(now, {"k": 1}, {}, {})
    assert judged.violations
