# SPDX-License-Identifier: MIT
"""What publishers were told, compared with what is stored."""

from model import ACKED, REFUSED, SPOOLED, format_id


def check_acknowledged(checker, channel):
    """One id for each message, and those of one publisher rise."""
    owners, last = {}, {}
    for made in channel.publications.values():
        if made.status == REFUSED and made.ids:
            checker.violate(
                "refused",
                made.publisher,
                channel.name,
                f"{made.token} was refused and is stored",
            )
    made_in_order = sorted(
        (m for m in channel.publications.values() if m.status == ACKED),
        key=lambda m: m.begun,
    )
    for made in made_in_order:
        for id_ in made.ids:
            other = owners.setdefault(id_, made)
            if other is not made and not channel.rewound(id_):
                checker.violate(
                    "id twice",
                    made.publisher,
                    channel.name,
                    f"{format_id(id_)} for {made.token} and "
                    f"{other.token}",
                )
        before = last.get(made.publisher)
        last[made.publisher] = made
        if (
            before
            and before.ended <= made.begun
            and made.tries <= 1
            and min(made.ids) < min(before.ids)
            and not channel.rewound(min(made.ids))
        ):
            checker.violate(
                "order",
                made.publisher,
                channel.name,
                f"{made.token} is before {before.token}",
            )


def check_spooled(checker, channel, delivered):
    """Each is stored when the spool is empty, in its order."""
    last = {}
    for made in channel.publications.values():
        if made.status != SPOOLED:
            continue
        if not made.ids:
            if made.token not in delivered and not channel.rewinds:
                checker.violate(
                    "spooled lost",
                    made.publisher,
                    channel.name,
                    made.token,
                )
            continue
        id_ = min(made.ids)
        before = last.setdefault(made.publisher, (id_, made))
        last[made.publisher] = (id_, made)
        if id_ < before[0] and not channel.rewound(id_):
            checker.violate(
                "order",
                made.publisher,
                channel.name,
                f"{made.token} is before {before[1].token}",
            )
