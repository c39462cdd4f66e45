# SPDX-License-Identifier: MIT
"""Tests of bench/table/report.py."""

from table import report

COLUMNS = [("subscribers", "Subscribers", 0, 1), ("cpu", "CPU", 1, 1),
           ("cpu:ratio", "ratio", None, 1), ("mem", "memory", 2, 1)]


def rows(text):
    return [[cell.strip() for cell in line.strip("|").split("|")]
            for line in text.splitlines() if line.startswith("| ")]


def test_a_row_has_the_medians_and_the_ratio(results):
    text = report.table(results, "fanout", "One channel", "", COLUMNS)
    assert rows(text)[1:] == [
        ["pushcgi behind lighttpd, SSE", "5,000", "4.0", "0.50"],
        ["Nchan, SSE", "5,000", "8.0", "1.00"]]


def test_a_column_without_figures_is_left_out(results):
    text = report.table(results, "fanout", "One channel", "", COLUMNS)
    assert rows(text)[0] == ["System", "Subscribers", "CPU", "ratio"]


def test_a_work_that_was_not_done_has_no_table(results):
    assert report.table(results, "rush", "Rush", "", COLUMNS) == ""


def test_without_the_peer_there_is_no_ratio(results):
    results.records = [r for r in results.records if r["ours"]]
    text = report.table(results, "fanout", "One channel", "", COLUMNS)
    assert rows(text)[0] == ["System", "Subscribers", "CPU"]


def test_ratios_are_to_the_same_technique_where_there_is_one(results):
    assert report.base_of(results, "lighttpd/websocket", "fanout") == \
        "nchan-redis/sse"
    for record in results.records[3:]:
        record["entry"] = "nchan-redis/websocket"
    assert report.base_of(results, "lighttpd/websocket", "fanout") == \
        "nchan-redis/websocket"


def test_the_page_says_how_and_where_it_was_made(results):
    results.missing.append(("centrifugo", "centrifugo is not installed"))
    text = report.markdown(results)
    assert "\n    bench/run\n" in text
    assert "2026-01-02" in text and "2 × CPU" in text
    assert "centrifugo (centrifugo is not installed)" in text


def test_the_page_says_what_no_delivery_can_cost_less_than(results):
    assert "`send()`" not in report.markdown(results)
    results.floors = {"unix": [1.4], "tcp": [6, 4]}
    said = report.markdown(results).replace("\n", " ")
    assert "alone takes 1.4 µs to a unix socket here, and 4.0 µs to a TCP " \
        "connection, which is 0.50 of Nchan's CPU a delivery: the ratio of a server " \
        "that does nothing else." in said


def test_without_the_peer_the_floor_has_no_ratio(results):
    results.floors = {"unix": [1.4], "tcp": [4]}
    results.records = [r for r in results.records if r["ours"]]
    assert "and 4.0 µs to a TCP connection." in \
        report.markdown(results).replace("\n", " ")


def test_the_page_says_what_was_tried_once_more(results):
    assert "Tried once more" not in report.markdown(results)
    results.again.append(("nchan-redis/sse", "fanout", "cut 3"))
    assert "nchan-redis/sse, fanout (cut 3)" in \
        report.markdown(results).replace("\n", " ")


def test_the_page_says_that_nothing_was_lost(results):
    assert "Of 6,000 deliveries none was lost" in report.markdown(results)


def test_the_page_says_what_was_lost(results):
    results.records[0]["figures"]["lost"] = 7
    assert ["pushcgi behind lighttpd, SSE", "fanout", "lost 7"] in \
        rows(report.markdown(results))


def test_only_what_is_between_the_markers_is_written_anew(results, tmp_path):
    page = tmp_path / "performance.md"
    page.write_text(f"# Before\n\n{report.BEGIN}\n\nwas here\n\n{report.END}\n\n"
                    "## After\n", encoding="utf-8")
    report.write(page, report.markdown(results))
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Before\n\n" + report.BEGIN)
    assert text.endswith(report.END + "\n\n## After\n")
    assert "was here" not in text


def test_writing_twice_changes_nothing(results, tmp_path):
    page = tmp_path / "performance.md"
    page.write_text(f"a\n\n{report.BEGIN}\n{report.END}\n\nb\n",
                    encoding="utf-8")
    report.write(page, report.markdown(results))
    once = page.read_text(encoding="utf-8")
    report.write(page, report.markdown(results))
    assert page.read_text(encoding="utf-8") == once


def test_publications_are_a_table(results):
    results.publishing.append({"way": "lines", "at_once": 64,
                               "per_second": 61234.0, "p50": 0.5, "p99": 1.0,
                               "cpu_publisher": 3.2, "cpu_server": 0.0,
                               "cpu_redis": 4.0})
    assert ["`push-publish --lines`", "64", "61,234", "0.50", "1.00", "3.2",
            "0.0", "4.0"] in rows(report.publishing(results))
