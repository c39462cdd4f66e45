# SPDX-License-Identifier: MIT
"""The plot, by gnuplot: bars for CPU a delivery, latency and memory."""

import os
import statistics
import subprocess

PANELS = [  # work, figure, title, factor
    ("fanout", "cpu", "CPU, µs a delivery: one channel", 1),
    ("channels", "cpu", "CPU, µs a delivery: many channels", 1),
    ("fanout", "p99", "latency p99, ms: one channel", 1),
    ("fanout", "mem", "memory, KB a subscriber", 1 / 1024),
]
OURS, THEIRS = "#2f6f4f", "#9a9a9a"
WIDTH, ROW, AROUND = 860, 22, 64  # pixels
LONGEST = 4  # a bar, as many medians; a longer one ends in an arrow

HEAD = """\
set terminal svg size {width},{height} dynamic background rgb "white" font "sans,12"
set output "{path}"
set multiplot
set lmargin at screen 0.36
set rmargin at screen 0.93
set style fill solid 1.0 noborder
unset key
set tics nomirror scale 0
set border 2
unset xtics
"""
PANEL = """\
set title "{title}" offset 0,-0.6
set tmargin at screen {top:.4f}
set bmargin at screen {bottom:.4f}
set yrange [{rows}:-1]
set xrange [0:{most}]
set ytics ({tics})
plot $data{i} using ($2/2):1:($2/2):(0.36):3 with boxxyerror lc rgb variable, \\
    $data{i} using 2:1:4 with labels left offset 0.5,0
"""


def quoted(text):
    return '"' + text.replace('"', "'").replace("_", r"\\_") + '"'


def bars(results, work, figure, factor):
    """(title, value, ours) of those that were measured."""
    ours = {r["entry"]: r["ours"] for r in results.records}
    found = []
    for entry, title in results.entries(work).items():
        value = results.middle(entry, work, figure)
        if value is not None:
            found.append((title, max(value * factor, 0), ours[entry]))
    return found


def longest(rows):
    """Where bars end: a few systems would leave no room for the others."""
    values = [value for _, value, _ in rows]
    return min(max(values), LONGEST * statistics.median(values))


def script(results, path):
    """For gnuplot; "": there is nothing to plot."""
    panels = [(title, bars(results, work, figure, factor))
              for work, figure, title, factor in PANELS]
    panels = [(title, rows) for title, rows in panels if rows]
    if not panels:
        return ""
    height = sum(AROUND + ROW * len(rows) for _, rows in panels)
    text = [HEAD.format(width=WIDTH, height=height, path=path)]
    for i, (_, rows) in enumerate(panels):
        text.append(f"$data{i} << END")
        end = longest(rows)
        for n, (_, value, ours) in enumerate(rows):
            color = int((OURS if ours else THEIRS)[1:], 16)
            arrow = "→ " if value > end else ""
            text.append(f'{n} {min(value, end):.4f} {color} '
                        f'"{arrow}{value:,.1f}"')
        text.append("END")
    y = height
    for i, (title, rows) in enumerate(panels):
        top = y - AROUND + 20
        bottom = top - ROW * len(rows)
        y -= AROUND + ROW * len(rows)
        tics = ", ".join(f"{quoted(name)} {n}"
                         for n, (name, _, _) in enumerate(rows))
        most = longest(rows) * 1.12 or 1
        text.append(PANEL.format(
            i=i, title=title, top=top / height, bottom=bottom / height,
            rows=len(rows), most=most, tics=tics))
    return "\n".join(text) + "\nunset multiplot\n"


def draw(results, path):
    """Writes the SVG. The sentence says why it did not; "": it did."""
    text = script(results, os.path.abspath(path))
    if not text:
        return "there is nothing to plot"
    try:
        done = subprocess.run(["gnuplot"], input=text, text=True, check=False,
                              capture_output=True)
    except FileNotFoundError:
        return "gnuplot is not installed: no plot"
    if done.returncode != 0:
        return f"gnuplot: {done.stderr.strip()}"
    return ""
