# SPDX-License-Identifier: MIT
"""The checker finds each fault that is put into recorded deliveries, and none
in correct ones."""

import pytest
from checker import BEHIND, UNNOTICED, UNWITNESSED, Checker
from journal import Journal, Link
from model import REFUSED, SPOOLED, UNKNOWN, Model

CHANNEL = "news"


def at(n):
    return n * 10.0


def id_of(n):
    return (1000 * n, 0)


class Story:
    """Messages 1 to `count`, published at 10, 20, ...; one subscriber began
    before the first."""

    def __init__(self, count=6):
        self.model = Model()
        self.channel = self.model.channel(CHANNEL)
        self.made = [None]
        for n in range(1, count + 1):
            self.publish(n)
        self.keep(*range(1, count + 1))
        self.links = [Link("sse", 0.0)]
        self.journal = self.subscriber("s1")
        self.others = []

    def publish(self, n, id_=None, **more):
        more = {"publisher": "p", "ms": id_of(n)[0], **more}
        made = self.channel.publish(f"p.{n}", at(n), **more)
        made.tries = 1
        made.acknowledge(id_ or id_of(n), at(n) + 1)
        self.made.append(made)
        return made

    def subscriber(self, name, began=5.0, position=(500, 0)):
        journal = Journal(name, CHANNEL)
        journal.links = self.links
        journal.start(began, position)
        return journal

    def keep(self, *numbers, at_=1000.0, foreign=()):
        self.channel.firsts.clear()
        entries = [(id_of(n), self.made[n].token) for n in numbers]
        entries += [(id_of(n), None) for n in foreign]
        self.channel.snapshot(at_, entries)

    def got(self, *numbers, journal=None, late=2):
        for n in numbers:
            (journal or self.journal).message(
                at(n) + late, id_of(n), self.made[n].token
            )
        return self

    def gap(self, after, before, when=None):
        self.journal.gap(
            at(when or before) + 2, id_of(after), id_of(before)
        )
        return self

    def rewind(self, begin, end, ms):
        begun = self.model.rewind_begins([CHANNEL], begin, "a fault")
        self.model.rewind_ends(begun, end, ms)
        return begun[0]

    def check(self, marker=None, **options):
        self.checker = Checker(self.model, **options)
        return self.checker.check(
            [self.journal, *self.others],
            {CHANNEL: self.made[marker]} if marker else None,
        )

    def kinds(self, **options):
        return [v.kind for v in self.check(**options)]


def test_nothing_is_found_in_a_correct_journal():
    assert Story().got(1, 2, 3, 4, 5, 6).kinds(marker=6) == []


def test_a_lost_message_is_found():
    assert Story().got(1, 2, 4, 5, 6).kinds() == ["undelivered"]


def test_a_message_lost_at_the_end_is_found_and_called_silence():
    assert Story().got(1, 2, 3, 4, 5).kinds(marker=6) == ["silent"]


@pytest.mark.parametrize("number, found", [(6, []), (5, ["silent"])])
def test_who_begins_at_the_last_message_does_not_get_it(number, found):
    story = Story()
    story.others = [story.subscriber("s2", at(6) + 2, id_of(number))]
    assert story.got(1, 2, 3, 4, 5, 6).kinds(marker=6) == found


def test_a_doubled_message_is_found():
    assert "doubled" in Story().got(1, 2, 2, 3, 4, 5, 6).kinds()


def test_a_message_doubled_after_others_is_found():
    assert "doubled" in Story().got(1, 2, 3, 2, 4, 5, 6).kinds()


def test_a_message_stored_twice_is_found():
    story = Story().got(1, 2)
    story.made[2].ids.add(id_of(3))
    story.made[3].status = UNKNOWN
    story.made[3].ids.clear()
    story.keep(1, 4, 5, 6)
    story.journal.message(at(3), id_of(3), story.made[2].token)
    assert "doubled" in story.got(4, 5, 6).kinds()


def test_a_message_stored_again_after_a_told_rewind_may_come_again():
    story = Story().got(1, 2)
    story.made[2].ids.add((2500, 0))
    story.rewind(25.0, 26.0, 2600)
    story.channel.kept.pop(id_of(2))
    story.channel.kept[2500, 0] = story.made[2].token
    story.journal.gap(26.0, id_of(2), (2450, 0))
    story.journal.message(27.0, (2500, 0), story.made[2].token)
    assert story.got(3, 4, 5, 6).kinds(marker=6) == []


def test_messages_in_another_order_are_found():
    assert Story().got(1, 3, 2, 4, 5, 6).kinds() == ["disordered"]


def test_an_invented_message_is_found():
    story = Story().got(1, 2, 3, 4, 5, 6)
    story.journal.message(99.0, (9000, 0), "nobody.1")
    assert story.kinds() == ["invented"]


def test_a_message_with_the_id_of_another_is_found():
    story = Story().got(1, 2, 3, 4, 5)
    story.journal.message(99.0, (6000, 7), story.made[6].token)
    assert "other id" in story.kinds()


def test_a_delivered_message_that_was_refused_is_found():
    story = Story().got(1, 2, 3, 4, 5, 6)
    story.made[3].status = REFUSED
    story.made[3].ids.clear()
    story.keep(1, 2, 4, 5, 6)
    assert story.kinds() == ["refused"]


def test_a_stored_message_that_was_refused_is_found():
    story = Story().got(1, 2, 4, 5, 6)
    story.made[3].status = REFUSED
    assert "refused" in story.kinds()


def test_an_unknown_message_may_be_missing():
    story = Story().got(1, 2, 4, 5, 6)
    story.made[3].status = UNKNOWN
    story.made[3].ids.clear()
    story.keep(1, 2, 4, 5, 6)
    assert story.kinds() == []


def test_an_unknown_message_may_come_once():
    story = Story().got(1, 2, 3, 4, 5, 6)
    story.made[3].status = UNKNOWN
    assert story.kinds() == []


def test_an_unknown_message_that_redis_keeps_must_come():
    story = Story().got(1, 2, 4, 5, 6)
    story.made[3].status = UNKNOWN
    assert story.kinds() == ["undelivered"]


def test_a_trimmed_message_that_is_told_is_correct():
    story = Story().got(1).gap(1, 4).got(4, 5, 6)
    story.keep(4, 5, 6)
    story.channel.firsts.insert(0, (35.0, id_of(4)))
    assert story.kinds(marker=6) == []


def test_a_trimmed_message_that_is_not_told_is_found():
    story = Story().got(1, 4, 5, 6)
    story.keep(4, 5, 6)
    assert story.kinds() == ["untold trim", "untold trim"]


def test_a_gap_that_names_only_a_part_of_the_loss_is_found():
    story = Story().got(1).gap(2, 4).got(4, 5, 6)
    story.keep(4, 5, 6)
    assert story.kinds() == ["untold trim"]


def test_a_gap_that_hides_nothing_is_found():
    story = Story().got(1, 2).gap(2, 3).got(3, 4, 5, 6)
    assert story.kinds() == ["false gap"]


def test_a_gap_over_a_message_that_is_still_kept_is_found():
    story = Story().got(1, 2).gap(2, 4).got(4, 5, 6)
    assert sorted(story.kinds()) == ["false gap", "skipped"]


def test_a_gap_over_what_was_trimmed_only_later_is_false():
    story = Story().got(1, 2).gap(2, 4).got(4, 5, 6)
    story.keep(4, 5, 6)
    story.channel.firsts.insert(0, (45.0, id_of(1)))
    assert story.kinds() == ["false gap"]


def test_a_gap_over_what_the_subscriber_has_is_false():
    story = Story().got(1, 2, 3).gap(1, 4).got(4, 5, 6)
    story.keep(4, 5, 6)
    assert story.kinds() == ["false gap"]


@pytest.mark.parametrize("unknown, found", [(5, []), (80, ["false gap"])])
def test_a_gap_may_be_of_a_message_that_nobody_was_told_of(unknown, found):
    story = Story().got(1, 2, 3, 4).gap(4, 6).got(6)
    story.keep(1, 2, 3, 4, 6)
    story.made[5].ids.clear()
    story.made[5].status = UNKNOWN
    story.made[5].ms = id_of(unknown)[0]
    assert story.kinds() == found


def test_a_gap_to_the_tip_when_all_is_gone_is_correct():
    story = Story(count=7).got(1, 2).gap(2, 6).got(7)
    story.keep(7)
    story.channel.saw_first(61.0, None)
    story.channel.firsts.sort()
    assert story.kinds(marker=7) == []


def test_a_foreign_entry_that_is_not_told_is_found():
    story = Story(count=3).got(1, 2, 3)
    story.channel.foreign[2500, 0] = 25.0
    assert story.kinds() == ["untold foreign"]


def test_a_foreign_entry_that_redis_lost_need_not_be_told():
    story = Story().got(1, 2, 3, 4, 5, 6)
    story.channel.foreign[2500, 0] = 25.0
    story.rewind(24.0, 26.0, 2600)
    assert story.kinds() == []
    story.keep(1, 2, 3, 4, 5, 6, foreign=[2.5])
    assert story.kinds() == ["untold foreign"]


def test_a_foreign_entry_that_is_told_is_correct():
    story = Story(count=3).got(1, 2).gap(2, 3).got(3)
    story.channel.foreign[2500, 0] = 25.0
    assert story.kinds() == []


def test_a_message_later_than_the_bound_is_found():
    story = Story().got(1, 2, 3, 4, 5).got(6, late=40)
    assert story.kinds(marker=6, bound=20) == ["late"]


def test_what_was_before_the_start_need_not_come():
    story = Story()
    story.journal.events[0].id = id_of(2)
    story.journal.events[0].at = 25.0
    assert story.got(3, 4, 5, 6).kinds(marker=6) == []


# --- rewinds ----------------------------------------------------------------
#
# Redis goes back at 35 to what it had after message 2, and answers at 36.


def rewound(**more):
    story = Story(**more)
    story.keep(1, 2, 4, 5, 6)
    story.rewind(35.0, 36.0, 3600)
    return story


def test_a_rewind_that_is_told_is_correct():
    story = rewound().got(1, 2, 3).gap(3, 4).got(4, 5, 6)
    assert story.kinds(marker=6) == []


def lost_above_the_next():
    """Message 3, lost, has an id above that of 4: another server stored it."""
    story = Story()
    story.keep(1, 2, 4, 5, 6)
    story.rewind(35.0, 36.0, id_of(4)[0])
    story.made[3].ids = {(id_of(4)[0], 9)}
    story.made[3].publisher = "q"
    story.channel.prevs[id_of(5)] = id_of(1)  # which shows it
    return story.got(1, 2)


def test_a_gap_names_a_lost_id_above_that_of_the_next_message():
    story = lost_above_the_next().gap(2, 4).got(4, 5, 6)
    assert story.kinds(notice=10.0) == []


def test_without_that_gap_the_loss_is_found():
    story = lost_above_the_next().got(4, 5, 6)
    assert story.kinds(notice=10.0) == ["untold rewind"]


def test_a_gap_after_a_rewind_may_lead_back():
    story = rewound().got(1, 2, 3)
    story.journal.gap(37.0, id_of(3), id_of(2))
    assert story.got(4, 5, 6).kinds(marker=6) == []


def test_after_a_gap_that_leads_back_nothing_comes_twice():
    story = rewound().got(1, 2, 3)
    story.journal.gap(37.0, id_of(3), id_of(1))
    assert "doubled" in story.got(2, 4, 5, 6).kinds()


def test_a_rewind_that_another_saw_and_nobody_told_is_found():
    story = rewound().got(1, 2, 4, 5, 6)
    story.others.append(story.subscriber("s2"))
    story.got(1, 2, 3, journal=story.others[0])
    story.others[0].gap(37.0, id_of(3), id_of(4))
    story.got(4, 5, 6, journal=story.others[0])
    story.made[4].ended = 45.0
    assert [str(v.kind) for v in story.check(notice=2.0)] == [
        "untold rewind"
    ]


def test_a_rewind_passed_before_it_could_be_noticed_is_counted():
    story = rewound().got(1, 2, 4, 5, 6)
    story.others.append(story.subscriber("s2"))
    story.got(1, 2, 3, journal=story.others[0])
    story.others[0].gap(37.0, id_of(3), id_of(4))
    story.got(4, 5, 6, journal=story.others[0])
    assert story.check(notice=10.0) == []
    assert story.checker.excused == {UNNOTICED: 1}


def test_a_rewind_that_nobody_could_see_is_counted():
    story = rewound().got(1, 2, 4, 5, 6)
    assert story.check(notice=2.0) == []
    assert story.checker.excused == {UNWITNESSED: 1}


def test_a_rewind_that_the_next_message_shows_is_found():
    story = rewound().got(1, 2, 4, 5, 6)
    story.channel.prevs[id_of(4)] = id_of(1)
    assert story.kinds(notice=10.0) == ["untold rewind"]


def test_a_rewind_that_the_next_message_hides_is_counted():
    story = rewound().got(1, 2, 4, 5, 6)
    story.channel.prevs[id_of(4)] = id_of(2)
    assert story.kinds(notice=10.0) == []


def test_a_connection_that_ended_is_no_witness():
    story = rewound().got(1, 2, 4, 5, 6)
    other = story.subscriber("s2")
    other.links = [Link("sse", 0.0, closed=35.5), Link("sse", 36.5)]
    story.got(1, 2, 3, journal=other)
    other.gap(37.0, id_of(3), id_of(4))
    for n in (4, 5, 6):
        other.message(at(n) + 2, id_of(n), story.made[n].token, link=1)
    story.others.append(other)
    assert story.check(notice=2.0) == []


def test_a_rewind_makes_no_later_gap_true():
    story = rewound().got(1, 2, 3).gap(3, 4).got(4, 5).gap(5, 6).got(6)
    assert story.kinds(notice=2.0) == ["false gap"]


def test_a_kept_message_is_delivered_also_after_a_rewind():
    story = rewound().got(1, 2, 3).gap(3, 5).got(5, 6)
    assert story.kinds() == ["skipped"]


def behind(id_, begun):
    """Redis is emptied at 35, its clock is behind until 42; then a message is
    stored that the subscriber does not get."""
    story = Story().got(1, 2, 3)
    story.links[:] = [Link("sse", 0.0, closed=38.0), Link("sse", 38.5)]
    story.rewind(35.0, 42.0, 4200).name = "clock-back-and-empty"
    late = story.publish(7, id_=id_, publisher="q")
    late.begun, late.ended = begun, begun + 1
    story.keep(4, 5, 6)
    story.channel.kept[id_] = late.token
    story.gap(3, 4).got(4, 5, 6)
    return story


def test_a_message_behind_the_position_may_be_missing_while_the_clock_is():
    story = behind((2500, 0), 40.0)
    assert story.check() == []
    assert story.checker.excused == {BEHIND: 1}


def test_ids_may_be_ahead_of_the_clock_when_redis_is_emptied_later():
    story = behind((2500, 0), 40.0)
    (rewind,) = story.channel.rewinds
    rewind.name = "redis-term"
    assert story.kinds() == ["undelivered"]
    story.made[-1].ms = id_of(3)[0] - 60000
    assert story.check() == []
    assert story.checker.excused == {BEHIND: 1}


@pytest.mark.parametrize("at_, found", [(33.0, []), (25.0, ["undelivered"])])
def test_redis_may_go_back_while_its_clock_is_set_back(at_, found):
    """The message of 30 has a higher id; at 25 it was not yet stored."""
    story = behind((2500, 0), 40.0)
    (rewind,) = story.channel.rewinds
    rewind.name = "restore-older"
    story.model.clock_went_back.append(at_)
    assert story.kinds() == found


def test_who_holds_a_stream_gets_a_message_behind_its_position():
    story = behind((2500, 0), 40.0)
    story.links[:] = [Link("sse", 0.0)]
    assert "undelivered" in story.kinds()


def test_a_message_above_the_position_is_never_excused():
    assert behind((6500, 0), 40.0).kinds() == ["undelivered"]


def test_a_message_stored_when_the_clock_is_right_is_never_excused():
    assert behind((2500, 0), 45.0).kinds() == ["undelivered"]


# --- publishers -------------------------------------------------------------


def test_one_id_for_two_messages_is_found():
    story = Story().got(1, 2, 3, 4, 5, 6)
    story.publish(7, id_=id_of(6), publisher="q")
    assert "id twice" in story.kinds()


@pytest.mark.parametrize("tries, found", [(1, ["order"]), (2, [])])
def test_ids_of_a_publisher_that_fall_are_found(tries, found):
    story = Story(count=2)
    last = story.publish(3, id_=(1500, 0))
    last.tries = tries
    story.keep(1, 2)
    story.channel.kept[1500, 0] = last.token
    story.got(1)
    story.journal.message(33.0, (1500, 0), last.token)
    assert story.got(2).kinds() == found


def spooled(*numbers):
    story = Story().got(1, 2, 3, 4, 5, 6)
    for n in numbers:
        story.made[n].status = SPOOLED
    return story


def test_a_spooled_message_that_was_stored_is_correct():
    assert spooled(3).kinds() == []


def test_a_spooled_message_that_was_never_stored_is_found():
    story = Story().got(1, 2, 4, 5, 6)
    story.made[3].status = SPOOLED
    story.made[3].ids.clear()
    story.keep(1, 2, 4, 5, 6)
    assert story.kinds() == ["spooled lost"]


def test_spooled_messages_in_another_order_are_found():
    story = spooled(3, 4)
    story.made[3].ids, story.made[4].ids = story.made[4].ids, story.made[3].ids
    assert "order" in story.kinds()
