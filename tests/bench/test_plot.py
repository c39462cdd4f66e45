# SPDX-License-Identifier: MIT
"""Tests of bench/table/plot.py."""

import os
import shutil
import xml.etree.ElementTree

import pytest

from table import plot
from table.results import Results


def test_a_bar_is_a_median(results):
    assert plot.bars(results, "fanout", "cpu", 1) == [
        ("pushcgi behind lighttpd, SSE", 4, True), ("Nchan, SSE", 8, False)]


def test_nothing_measured_is_nothing_to_plot(tmp_path):
    assert plot.draw(Results(), str(tmp_path / "a.svg")) == \
        "there is nothing to plot"


@pytest.mark.skipif(not shutil.which("gnuplot") and
                    not os.environ.get("PUSHCGI_REQUIRE"),
                    reason="gnuplot is missing")
def test_the_plot_is_an_svg_that_names_the_systems(results, tmp_path):
    path = tmp_path / "a.svg"
    assert plot.draw(results, str(path)) == ""
    texts = "".join(xml.etree.ElementTree.parse(path).getroot().itertext())
    assert "pushcgi behind lighttpd, SSE" in texts
    assert "Nchan, SSE" in texts
