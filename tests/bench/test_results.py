# SPDX-License-Identifier: MIT
"""Tests of bench/table/results.py."""

from table.results import Results, fault


def test_a_figure_is_the_median_of_its_rounds(results):
    assert results.middle("lighttpd/sse", "fanout", "cpu") == 4


def test_a_ratio_is_of_the_medians(results):
    assert results.ratio("lighttpd/sse", "nchan-redis/sse", "fanout",
                         "cpu") == 0.5


def test_what_was_not_measured_has_no_figure(results):
    assert results.middle("lighttpd/sse", "rush", "cpu") is None
    assert results.ratio("lighttpd/sse", "nchan-redis/sse", "fanout",
                         "idle") is None


def test_a_way_to_publish_has_the_median_of_its_rounds(results):
    results.publishing = [{"way": "cgi", "p50": n} for n in (1, 9, 2)]
    assert results.publication("cgi", "p50") == 2


def test_a_bare_send_takes_the_least_of_the_rounds(results):
    results.floors["tcp"] = [4.2, 9.0, 4.1]
    assert results.floor("tcp") == 4.1
    assert results.floor("unix") is None


def test_a_lost_message_is_a_fault(results):
    results.records[1]["figures"]["lost"] = 3
    assert results.faults() == [("lighttpd/sse", "fanout", "lost 3")]
    assert not results.is_clean()


def test_a_run_that_was_not_clean_is_a_fault(results):
    results.records[0]["clean"] = False
    assert results.faults() == [("lighttpd/sse", "fanout",
                                 "publishing failed")]


def test_a_work_without_faults_says_nothing(results):
    assert fault(results.records[0]["figures"], True) == ""


def test_a_system_that_fails_is_no_clean_run(results):
    assert results.is_clean()
    results.failed.append(("pushpin/sse", "it does not start"))
    assert not results.is_clean()


def test_results_are_read_as_they_were_saved(results, tmp_path):
    results.save(tmp_path / "results.json")
    assert vars(Results.read(tmp_path / "results.json")) == vars(results)
