# SPDX-License-Identifier: MIT
"""9,000 subscribers of Apache that hands them over. Two descriptors each behind
haproxy, so the limit must be 20,000: `ulimit -Hn`."""

import pytest

from harness.check import note
from harness.many import Many

pytestmark = [pytest.mark.apache, pytest.mark.alone, pytest.mark.long]


def test_9000_subscribers_leave_10_threads_to_the_pages(stage):
    note(Many(stage, 9000).run())


@pytest.mark.needs("haproxy")
def test_9000_subscribers_behind_haproxy_with_tls_are_all_served(stage):
    note(Many(stage, 9000, haproxy=True).run())
