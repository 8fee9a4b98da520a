#!/usr/bin/env python3
"""Bugs planted by hand in a copy of the devices: each is found, by what is recorded for it.

    planted.py            replay them all
    planted.py --record   look anew for the first seed or test that finds each, and write it down
    planted.py NAME...    only bugs whose names contain one of these

planted/*.txt hold them. A bug is a few lines:

    bug: what is wrong            in the words of one who would report it
    breaks: what is promised      a property of docs/design, or a requirement
    file: core/src/FILE.c
    - the code as it is           found whatever its layout: white space and comments are nothing
    + the code with the bug       absent where lines are just taken away
    found: seed N                 or: TEST_PROGRAM TEST

A seed that does not find its bug any more is followed by others, and the bug passes if one of them
does. A bug whose code is not there exactly once fails. Prints a row for each and, as its last line,
"N passed, N failed".
"""
import argparse
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scratch import (
    CORE,
    ROOT,
    WORLD,
    Scratch,
    failing_seed,
    failing_tests,
    fails,
    run,
    tests_for,
    tokens,
)

FOLDER = Path(__file__).with_name("planted")
SEEDS_REPLAY = 300  # tried where the recorded one fails to find it
SEEDS_RECORD = 1500
WORKERS = 2


class Bug:
    """One of planted/*.txt."""

    def __init__(self, name):
        self.name = name
        self.breaks = self.file = self.found = ""
        self.right, self.wrong = [], []


def read_bugs(path):
    bugs = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        key, _, value = line.partition(" ")
        if not line or line.startswith("#"):
            continue
        if key == "bug:":
            bugs.append(Bug(value))
        elif key in ("breaks:", "file:", "found:") and bugs:
            setattr(bugs[-1], key[:-1], value)
        elif key in ("-", "+") and bugs:
            (bugs[-1].right if key == "-" else bugs[-1].wrong).append(value)
        else:
            raise SystemExit(f"{path.name}:{number}: neither bug, breaks, file, -, + nor found")
    return bugs


def write_found(path, bugs):
    """The file again, with what finds each bug now."""
    lines, left = [], iter(bugs)
    for line in path.read_text().splitlines():
        if line.startswith("bug: "):
            bug = next(left)
        lines.append(f"found: {bug.found}" if line.startswith("found: ") else line)
    path.write_text("\n".join(lines) + "\n")


def planted(bug):
    """The file's text with the bug in it. ValueError where its code is not there exactly once."""
    text = (ROOT / bug.file).read_text()
    found = tokens(text)
    words = [match.group() for match in found]
    right = [match.group() for match in tokens("\n".join(bug.right))]
    places = [at for at in range(len(words)) if words[at : at + len(right)] == right]
    if len(places) != 1 or not right:
        raise ValueError(f"its code is in {bug.file} {len(places)} times, not once: plant it anew")
    begin, end = found[places[0]].start(), found[places[0] + len(right) - 1].end()
    return text[:begin] + "\n".join(bug.wrong) + text[end:]


class Bench:
    """Programs with a bug in them."""

    def __init__(self, folder, programs):
        self.scratch = Scratch(folder)
        self.right = self.scratch.link("voltbeacon-sim")
        for program in programs:
            self.check(program)

    def check(self, program):
        """A test that fails anyhow finds nothing."""
        output, code = run([self.scratch.link(program)])
        if code != 0:
            raise SystemExit(f"{output}\n{program} fails on the core as it is. Mend that first.")

    def build(self, bug, number, program):
        name = f"bug{number}-{Path(bug.file).name}"
        compiled = self.scratch.compile(bug.file, planted(bug), name)
        if compiled is None:
            raise ValueError("it does not compile")
        return self.scratch.link(program, {bug.file: compiled}, prefix=f"bug{number}-")

    def seed(self, bug, number, first, last):
        program = self.build(bug, number, "voltbeacon-sim")
        seed = failing_seed(program, first, last)
        if seed is None:
            return None
        if run([self.right, "--seed", str(seed)])[1] != 0:
            raise ValueError(f"seed {seed} fails on the devices as they are, too")
        return f"seed {seed}"

    def test(self, bug, number, name):
        output, code = run([self.build(bug, number, name)])
        failing = failing_tests(output)
        if code in (0, None):
            return []
        return [f"{name} {test}" for test in failing] or [f"{name} it crashes"]

    def replay(self, bug, number):
        """What finds the bug, None if nothing does."""
        program, _, rest = bug.found.partition(" ")
        if program == "seed":
            seed = int(rest)
            by = self.seed(bug, number, seed, seed)
            return by or self.seed(bug, number, 1, SEEDS_REPLAY)
        return bug.found if bug.found in self.test(bug, number, program) else None

    def look(self, bug, number):
        found = self.seed(bug, number, 1, SEEDS_RECORD)
        for name in tests_for(bug.file) if not found else []:
            by = next(iter(self.test(bug, number, name)), None)
            if by and by in self.test(bug, number, name):
                return by
        return found

    def try_one(self, bug, number, look):
        try:
            by = self.look(bug, number) if look else self.replay(bug, number)
        except ValueError as error:
            return None, str(error)
        return by, "" if by else f"not found by {bug.found or 'anything'}"


def report(bug, by, problem):
    verdict = f"found by {by}" if by else f"NOT FOUND: {problem}"
    print(f"{bug.name:<62.62} {bug.breaks:<16.16} {verdict}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--record", action="store_true", help="look anew for what finds each")
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all bugs")
    options = parser.parse_args()
    files = {path: read_bugs(path) for path in sorted(FOLDER.glob("*.txt"))}
    every = [bug for bugs in files.values() for bug in bugs]
    chosen = [
        bug for bug in every if not options.names or any(name in bug.name for name in options.names)
    ]
    failed = []
    with tempfile.TemporaryDirectory(prefix="voltbeacon-planted-") as folder:
        programs = {"voltbeacon-sim"}
        for bug in chosen:
            recorded = {bug.found.partition(" ")[0]}
            programs.update(tests_for(bug.file) if options.record else recorded)
        bench = Bench(folder, sorted(programs - {"seed"}))
        with ThreadPoolExecutor(WORKERS) as pool:
            numbers = range(len(chosen))
            results = pool.map(lambda n: bench.try_one(chosen[n], n, options.record), numbers)
            for bug, (by, problem) in zip(chosen, results):
                report(bug, by, problem)
                if not by:
                    failed.append((bug, problem))
                bug.found = by if options.record and by else bug.found
    if options.record:
        for path, bugs in files.items():
            write_found(path, bugs)
    for bug, problem in failed:  # again, where whoever reads the end of a long log sees it
        report(bug, None, problem)
    print(f"{len(chosen) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
