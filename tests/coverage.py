#!/usr/bin/env python3
"""What the tests reach of core/, pack/ and device/: coverage.py BUILD_FOLDER [--update]

BUILD_FOLDER was compiled with gcc --coverage, and its tests have run. Prints the lines and branches
of each file of these rings, then every branch that no test takes, as "file:line: what it says". The
branches of a VB_ASSERT do not count: the way out of it is the program's own fault.

A branch that cannot be taken is listed in coverage_exempt.txt with the reason. One that no test
takes though one could is listed there too, as "no test yet"; --update writes these rows anew. Fails
if a branch is neither taken nor listed, if more than 1 % are listed as such that cannot be taken,
or if one is listed that is taken after all.
"""
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXEMPT = Path(__file__).with_name("coverage_exempt.txt")
EXEMPT_MAX_PERCENT = 1
RINGS = ("core", "pack", "device")
NO_TEST = "no test yet"
NO_TEST_HEAD = "# What a test could take, and none does. Written by tests/coverage.py --update."


class Source:
    """A file of a ring: how often each line ran, and each branch of it was taken."""

    def __init__(self, path):
        self.path = path
        self.text = (ROOT / path).read_text(encoding="utf-8").splitlines()
        self.asserted = set(lines_of_assertions("\n".join(self.text)))
        self.lines = Counter()
        self.branches = defaultdict(list)

    def add(self, line):
        number = line["line_number"]
        self.lines[number] += line["count"]
        if number in self.asserted:
            return
        counts = [branch["count"] for branch in line["branches"]]
        # A header's line is there once for each object that includes it.
        known = self.branches[number]
        if len(known) == len(counts):
            counts = [sum(pair) for pair in zip(known, counts)]
        self.branches[number] = counts if len(counts) >= len(known) else known

    def untaken(self):
        for number, counts in sorted(self.branches.items()):
            missing = sum(count == 0 for count in counts)
            if missing:
                yield number, missing


def lines_of_assertions(text):
    """The numbers of all lines that a VB_ASSERT( stands on, up to its closing bracket."""
    for match in re.finditer(r"\bVB_ASSERT\(", text):
        depth, end = 1, match.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        yield from range(text.count("\n", 0, match.start()) + 1, text.count("\n", 0, end) + 2)


def measure(folder, ring):
    """The ring's sources by path, from what gcov makes of the counters below `folder`."""
    sources = {}
    for notes in sorted(folder.glob(f"{ring}/**/*.gcno")):
        command = ["gcov", "--json-format", "--stdout", "--branch-probabilities", notes.name]
        said = subprocess.run(command, cwd=notes.parent, capture_output=True, check=True).stdout
        for file in (file for report in said.splitlines() for file in json.loads(report)["files"]):
            path = (notes.parent / file["file"]).resolve()
            if not path.is_relative_to(ROOT / ring):
                continue
            name = path.relative_to(ROOT).as_posix()
            source = sources.setdefault(name, Source(name))
            for line in file["lines"]:
                source.add(line)
    return [source for _, source in sorted(sources.items())]


def exemptions():
    """(path, text of the line): (branches, reason). See the head of the file."""
    listed = {}
    for line in EXEMPT.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            row, branches, reason = line.rsplit(" | ", 2)
            path, text = row.split(" | ", 1)
            listed[path, text] = int(branches), reason
    return listed


def write_untested(untested):
    """Puts these, (path, text of the line): branches, in the place of the rows that were there."""
    lines = EXEMPT.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line != NO_TEST_HEAD and not line.endswith(f"| {NO_TEST}")]
    rows = [f"{path} | {text} | {count} | {NO_TEST}" for (path, text), count in untested.items()]
    if rows:
        rows = ["", NO_TEST_HEAD, *rows]
    EXEMPT.write_text("\n".join(["\n".join(kept).rstrip(), *rows, ""]), encoding="utf-8")


def judge(source, listed, untested):
    """Prints and counts what no test takes of a source, and strikes it off the list."""
    found, counts = Counter(), Counter()
    for number, missing in source.untaken():
        text = source.text[number - 1].strip()
        found[text] += missing
        allowed, reason = listed.get((source.path, text), (0, ""))
        verdict = f"exempt: {reason}" if found[text] <= allowed else "no test takes it"
        print(f"{source.path}:{number}: {text} [{missing}] {verdict}")
    for text, missing in found.items():
        allowed, reason = listed.pop((source.path, text), (0, ""))
        if reason == NO_TEST or missing > allowed:
            untested[source.path, text] = missing
        counts["untested" if reason == NO_TEST else "exempt"] += min(missing, allowed)
        counts["missed"] += max(missing - allowed, 0)
        if missing < allowed:
            listed[source.path, text] = allowed, reason
    return counts


def percent(part, whole):
    return f"{100 * part / whole:6.2f} %" if whole else "     - "


def print_row(name, lines_run, lines, taken, branches):
    print(
        f"{name:36} {lines_run:5} of {lines:5} {percent(lines_run, lines)}"
        f" {taken:6} of {branches:5} {percent(taken, branches)}"
    )


def print_table(ring, sources):
    print(f"{'':36} {'lines':>22} {'branches':>24}")
    totals = Counter()
    for source in sources:
        branches = sum(map(len, source.branches.values()))
        row = Counter(
            lines=len(source.lines),
            run=sum(count > 0 for count in source.lines.values()),
            branches=branches,
            taken=branches - sum(missing for _, missing in source.untaken()),
        )
        print_row(source.path, row["run"], row["lines"], row["taken"], row["branches"])
        totals += row
    print_row(f"{ring}/", totals["run"], totals["lines"], totals["taken"], totals["branches"])
    return totals


def main(folder, update=""):
    sources, totals = [], Counter()
    for ring in RINGS:
        found = measure(Path(folder).resolve(), ring)
        if not found:
            print(f"{folder} holds no counters of {ring}/: build it with --coverage, run its tests")
            return 1
        totals += print_table(ring, found)
        sources += found

    listed, untested, counts = exemptions(), {}, Counter()
    for source in sources:
        counts += judge(source, listed, untested)
    if update == "--update":
        write_untested(untested)
        counts["untested"], counts["missed"] = sum(untested.values()), 0
        listed = {key: row for key, row in listed.items() if row[1] != NO_TEST}
    for path, text in listed:
        print(f"{path}: {text}: taken, or gone; take it out of {EXEMPT.name}")

    print(
        f"\n{totals['branches']} branches: {counts['missed']} that no test takes are not listed, "
        f"{counts['untested']} are listed as having no test yet, "
        f"{counts['exempt']} as such that cannot be taken"
    )
    too_many = 100 * counts["exempt"] > EXEMPT_MAX_PERCENT * totals["branches"]
    if too_many:
        print(f"More than {EXEMPT_MAX_PERCENT} % are listed: test them, or delete what is dead.")
    return 1 if counts["missed"] or listed or too_many else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
