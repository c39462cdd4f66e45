# SPDX-License-Identifier: MIT
"""What was measured, of all rounds; kept as JSON, so that the tables can be made
anew (`run --from`)."""

import json
import statistics

FAULTS = ("lost", "doubled", "out_of_order", "stray", "gaps", "cut")


def fault(figures, clean):
    """What did not come, once and in order; "" if all did."""
    what = [f"{name} {figures[name]:.0f}" for name in FAULTS
            if figures.get(name)]
    return ", ".join(what) or ("" if clean else "publishing failed")


class Results:
    """Records of works, in the order in which they were done."""

    def __init__(self, **about):
        self.about = about    # of the run: command, machine, rounds, works…
        self.records = []
        self.floors = {"unix": [], "tcp": []}  # of send(), in us
        self.publishing = []  # lines of bench/publish, as dictionaries
        self.missing = []     # (system, why)
        self.failed = []      # (entry, why)
        self.again = []       # (entry, work, why): done once more

    def add(self, entry, measured, number):
        self.records.append({
            "entry": entry.name, "system": entry.system.name,
            "technique": entry.technique, "title": entry.title,
            "ours": entry.system.ours, "work": measured.work.name,
            "round": number, "clean": measured.clean,
            "figures": measured.figures})

    def save(self, path):
        with open(path, "w", encoding="utf-8") as f:
            json.dump(vars(self), f, indent=1)

    @classmethod
    def read(cls, path):
        self = cls()
        with open(path, encoding="utf-8") as f:
            vars(self).update(json.load(f))
        return self

    def entries(self, work=None):
        """{name: title}, in the order of the first record."""
        return {r["entry"]: r["title"] for r in self.records
                if work in (None, r["work"])}

    def values(self, entry, work, figure):
        """Of all rounds."""
        return [r["figures"][figure] for r in self.records
                if r["entry"] == entry and r["work"] == work and
                figure in r["figures"]]

    def middle(self, entry, work, figure):
        """The median of the rounds; None: it was not measured."""
        values = self.values(entry, work, figure)
        return statistics.median(values) if values else None

    def floor(self, kind):
        """The least of the rounds, as others make it only longer; None: it was not
        measured."""
        return min(self.floors[kind], default=None)

    def publication(self, way, figure):
        """The median of a way to publish."""
        values = [p[figure] for p in self.publishing
                  if p["way"] == way and figure in p]
        return statistics.median(values) if values else None

    def ratio(self, entry, base, work, figure):
        """Of the medians."""
        one, other = (self.middle(e, work, figure) for e in (entry, base))
        return one / other if one is not None and other else None

    def deliveries(self):
        return sum(r["figures"].get("delivered", 0) for r in self.records)

    def faults(self):
        """(entry, work, what) where something did not come, once and in order."""
        found = []
        for r in self.records:
            what = fault(r["figures"], r["clean"])
            if what:
                found.append((r["entry"], r["work"], what))
        return found

    def is_clean(self):
        return not self.faults() and not self.failed and \
            not any(p.get("failed") for p in self.publishing)
