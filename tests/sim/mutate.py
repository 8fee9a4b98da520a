#!/usr/bin/env python3
"""Every condition of sync, edits, liveness, pack and device forced true and false: is it noticed?

    mutate.py                 try all, print who survived, and write both records
    mutate.py --recorded      try what is recorded as found, by its recorded test or seed first
    mutate.py --survivors     try all but those
    mutate.py --match TEXT    only conditions of which "file function condition" contains TEXT

A condition is that of an `if`, a bool's definition, what a bool function returns, and each operand
of && and || in those. Assertions and loops are left alone. All mutants are in one program, which an
environment variable tells which to be, so nothing is compiled twice.

mutate_found.txt: a line per mutant that is found, and by what. mutate_survivors.txt: the others,
each with the reason why it cannot matter. The last line printed is "N passed, N failed".
"""
import argparse
import re
import sys
import tempfile
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scratch import ROOT, Scratch, failing_seed, fails, tests_for, tokens

FOUND = Path(__file__).with_name("mutate_found.txt")
SURVIVORS = Path(__file__).with_name("mutate_survivors.txt")
FILES = ("core/src/*.c", "pack/src/*.c", "device/src/*.c")
FILES += tuple(f"{ring}/**/*.h" for ring in ("core", "pack", "device"))  # what they inline
LONG_TEST = "*day_at_rest*"  # takes longer than all others together; left out
UNSETTLED = "not settled"  # stands for the reason in mutate_survivors.txt while there is none
LANGUAGE = ("sizeof", "true", "false", "bool", "const", "int", "char", "unsigned", "struct", "enum")
SEEDS_FIRST = 3
SEEDS = 60
WORKERS = 2

SWITCH = """
extern int vb_mutant;
#define VB_MUTANT(id, ...) (vb_mutant == 2 * (id) ? 1 : vb_mutant == 2 * (id) + 1 ? 0 : \\
    (__VA_ARGS__) != 0)
"""
CHOOSER = """
#include <stdlib.h>
int vb_mutant = -1;
void cmocka_set_skip_filter(const char *pattern) __attribute__((weak));
__attribute__((constructor)) static void choose(void)
{
    const char *text = getenv("VB_MUTANT");
    vb_mutant = text == NULL ? -1 : atoi(text);
    if (cmocka_set_skip_filter != NULL)
        cmocka_set_skip_filter("%s");
}
"""


# --- conditions -------------------------------------------------------------------------------


def matching(found, opening):
    """The index of the bracket that closes the one at opening."""
    depth = 0
    for index in range(opening, len(found)):
        depth += found[index].group() in "([{"
        depth -= found[index].group() in ")]}"
        if depth == 0:
            return index
    raise ValueError("a bracket is not closed")


def operands(found, begin, end):
    """The operands of && and || within found[begin:end], at any depth, as pairs of indices."""
    while found[begin].group() == "(" and matching(found, begin) == end - 1:
        begin, end = begin + 1, end - 1
    for operator in ("||", "&&"):
        cuts, index = [], begin
        while index < end:
            if found[index].group() in ("(", "[", "{"):
                index = matching(found, index)
            elif found[index].group() == "?":
                return  # the branches of a choice are no conditions
            elif found[index].group() == operator:
                cuts.append(index)
            index += 1
        if cuts:
            for first, last in zip([begin, *(cut + 1 for cut in cuts)], [*cuts, end]):
                yield first, last
                yield from operands(found, first, last)
            return


def end_of_statement(found, begin):
    index = begin
    while found[index].group() != ";":
        index = matching(found, index) if found[index].group() in ("(", "[", "{") else index
        index += 1
    return index


def conditions(text):
    """Each condition's function and its first and last token (exclusive)."""
    found = tokens(text)
    words = [match.group() for match in found]
    function, returns_bool, depth = "", False, 0
    for index, word in enumerate(words):
        if word == "{" and depth == 0 and words[index - 1] == ")":
            opening = index - 1
            while matching(found, opening) != index - 1 or words[opening] != "(":
                opening -= 1
            function = words[opening - 1]
            returns_bool = words[opening - 2] == "bool"
        depth += word == "{"
        depth -= word == "}"
        spans = []
        if word == "if" and words[index + 1] == "(":
            spans = [(index + 2, matching(found, index + 1))]
        elif words[index : index + 2] == ["const", "bool"] and words[index + 3] == "=":
            spans = [(index + 4, end_of_statement(found, index))]
        elif word == "return" and returns_bool and words[index + 1] not in ("true", "false"):
            spans = [(index + 1, end_of_statement(found, index))]
        for begin, end in spans:
            yield function, found, begin, end
            for first, last in operands(found, begin, end):
                yield function, found, first, last


def is_local(words, index):
    """Whether a word may be a variable's name: no member's, function's, type's, constant's."""
    word = words[index]
    return (
        re.fullmatch(r"[a-z_]\w*", word)
        and word not in LANGUAGE
        and not word.startswith("vb_")
        and not word.endswith("_t")
        and (index == 0 or words[index - 1] not in ("->", ".", "struct", "enum"))
        and words[index + 1 : index + 2] != ["("]
    )


def plain(found):
    """A condition on one line, however it was laid out and whatever its variables are called."""
    words, letters = [match.group() for match in found], {}
    for index, word in enumerate(words):
        if is_local(words, index):
            words[index] = letters.setdefault(word, f"{chr(ord('a') + len(letters))}")
    text = " ".join(words)
    return re.sub(r" ?(->|\.) ?|(?<=[(\[!~]) | (?=[)\],;])|(?<=\w) (?=[(\[])", r"\1", text)


class Point:
    """A condition: where it stands, and its name, which outlives new names and layout."""

    def __init__(self, number, path, function, found, begin, end, seen):
        self.number = number
        self.path = path
        self.begin = found[begin].start()
        self.end = found[end - 1].end()
        self.text = plain(found[begin:end])
        name = f"{Path(path).name} {function}: {self.text}"
        seen[name] = seen.get(name, 0) + 1
        self.name = name if seen[name] == 1 else f"{name} #{seen[name]}"


def points():
    seen, every = {}, []
    paths = [path for pattern in FILES for path in sorted(ROOT.glob(pattern))]
    for path in paths:
        for function, found, begin, end in conditions(path.read_text()):
            relative = path.relative_to(ROOT).as_posix()
            every.append(Point(len(every), relative, function, found, begin, end, seen))
    return every


def switched(text, own):
    """The text with every condition made one that can be forced."""
    marks = []
    for point in own:
        size = point.end - point.begin
        marks.append((point.begin, 1, -size, f"VB_MUTANT({point.number}, "))
        marks.append((point.end, 0, size, ")"))
    pieces, at = [], 0
    for place, _, _, mark in sorted(marks, key=lambda each: each[:3]):
        pieces += [text[at:place], mark]
        at = place
    return SWITCH + "#line 1\n" + "".join(pieces) + text[at:]


# --- trying -----------------------------------------------------------------------------------


class Bench:
    """The programs that all mutants are in. Each is made, and found to be right, when needed."""

    def __init__(self, folder, every, *flags):
        scratch = Scratch(folder, *flags)
        texts = {
            path: switched((ROOT / path).read_text(), [each for each in every if each.path == path])
            for path in sorted({point.path for point in every})
        }
        scratch.replace_headers({path: text for path, text in texts.items() if path[-1] == "h"})
        self.instead = {}
        for path, text in texts.items():
            self.instead[path] = scratch.compile(path, text) if path[-1] == "c" else None
            if path[-1] == "c" and self.instead[path] is None:
                raise SystemExit(f"{path} with its conditions switched does not compile")
        self.chooser = [scratch.compile("tests/sim/simulator.c", CHOOSER % LONG_TEST, "chooser")]
        self.scratch = scratch
        self.paths = [point.path for point in every]
        self.programs = {}
        self.making = threading.Lock()

    def program(self, name):
        with self.making:
            if name not in self.programs:
                made = self.scratch.link(name, self.instead, self.chooser)
                simulates = name == "voltbeacon-sim"
                if failing_seed(made, 1, SEEDS) if simulates else fails([made]):
                    raise SystemExit(f"{name} fails on the core as it is. Mend that first.")
                self.programs[name] = made
            return self.programs[name]

    def seeds(self, mutant, first, last):
        program = self.program("voltbeacon-sim")
        seed = failing_seed(program, first, last, {"VB_MUTANT": str(mutant)})
        return None if seed is None else f"seed {seed}"

    def test(self, mutant, name):
        environment = {"VB_MUTANT": str(mutant), "CMOCKA_TEST_ABORT": "1"}
        return name if fails([self.program(name)], environment) else None

    def find(self, mutant):
        """What finds a mutant; the quickest first."""
        found = self.seeds(mutant, 1, SEEDS_FIRST)
        for name in tests_for(self.paths[mutant // 2]):
            found = found or self.test(mutant, name)
        return found or self.seeds(mutant, SEEDS_FIRST + 1, SEEDS)

    def replay(self, mutant, by):
        """By what is recorded; if that finds it no more, by whatever does."""
        if by.startswith("seed "):
            seed = int(by.split()[1])
            return self.seeds(mutant, seed, seed) or self.find(mutant)
        is_there = by in tests_for(self.paths[mutant // 2])
        return (is_there and self.test(mutant, by)) or self.find(mutant)


# --- records ----------------------------------------------------------------------------------


def read_record(path):
    """Name of the mutant -> what stands after it."""
    record = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        if line and not line.startswith("#"):
            name, _, rest = line.rpartition(" => ")
            forced, _, rest = rest.partition(": ")
            record[f"{name} => {forced}"] = "" if rest == UNSETTLED else rest
    return record


def write_record(path, head, record):
    lines = (f"{name}: {rest or UNSETTLED}\n" for name, rest in record.items())
    path.write_text(head + "".join(lines))


def each_forced(every):
    for point in every:
        yield 2 * point.number, f"{point.name} => true"
        yield 2 * point.number + 1, f"{point.name} => false"


class Records:
    """Who was found and who survived, kept in the order of the source."""

    def __init__(self, every):
        self.mutants = {name: mutant for mutant, name in each_forced(every)}
        self.found = read_record(FOUND)
        self.reasons = read_record(SURVIVORS)

    def note(self, name, by):
        self.found.pop(name, None)
        if by:
            self.found[name] = by
            self.reasons.pop(name, None)
        else:
            self.reasons.setdefault(name, "")

    def write(self):
        write_record(FOUND, FOUND_HEAD, self.ordered(self.found))
        write_record(SURVIVORS, SURVIVORS_HEAD, self.ordered(self.reasons))

    def ordered(self, record):
        return {name: record[name] for name in self.mutants if name in record}


def try_all(bench, every, match, survivors_only):
    """Those that survive without a reason are the failures."""
    records = Records(every)
    chosen = [
        name
        for name in records.mutants
        if match in name and not (survivors_only and name in records.found)
    ]
    try:
        with ThreadPoolExecutor(WORKERS) as pool:
            results = pool.map(lambda name: bench.find(records.mutants[name]), chosen)
            for name, by in zip(chosen, results):
                records.note(name, by)
                if not by and not records.reasons[name]:
                    print(f"survived, no reason known: {name}", flush=True)
    finally:
        records.write()
    found, reasons = records.ordered(records.found), records.ordered(records.reasons)
    without = sum(not why for why in reasons.values())
    print(
        f"{len(records.mutants)} mutants of {len(every)} conditions: {len(found)} found, "
        f"{len(reasons) - without} survive with a reason, {without} without"
    )
    return len(found) + len(reasons) - without, without


def try_recorded(bench, every, part):
    """Every part-th of them, from one on that comes of the sources: so each has its turn."""
    begin = zlib.crc32("".join(point.text for point in every).encode())
    found, reasons = read_record(FOUND), read_record(SURVIVORS)
    recorded = [(mutant, name) for mutant, name in each_forced(every) if name in found]
    mutants = recorded[begin % part :: part]
    failed = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        results = pool.map(lambda each: bench.replay(each[0], found[each[1]]), mutants)
        for (_, name), by in zip(mutants, results):
            if not by:
                failed += 1
                print(f"not found any more, neither by {found[name]}: {name}")
    new = sum(name not in found and name not in reasons for _, name in each_forced(every))
    print(
        f"{len(mutants)} mutants tried of {2 * len(every)}; {new} are in neither record, "
        f"{len(found) - len(recorded)} recorded ones are gone: ./dev mutate brings them up to date"
    )
    if not mutants:
        failed += 1
        print("no mutant is recorded as found")
    return len(mutants) - failed if mutants else 0, failed


FOUND_HEAD = """\
# Conditions forced true or false, and what finds it: written by mutate.py, replayed by the test
# sim_mutants. A line: file function: condition => forced: a seed of the simulator or a test.
# Variables are called a, b, c... in their order, so that renaming one changes nothing here.
"""
SURVIVORS_HEAD = """\
# Conditions that may be forced true or false and nothing shows: each with the reason why that
# cannot matter. mutate.py keeps the list, the reasons are written by hand. "not settled": neither a
# test nor a reason yet.
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recorded", action="store_true", help="replay what is recorded as found")
    parser.add_argument("--part", type=int, default=1, help="of these only every PART-th")
    parser.add_argument("--survivors", action="store_true", help="only what is not yet found")
    parser.add_argument("--match", default="", help="only mutants with this in their names")
    options = parser.parse_args()
    every = points()
    with tempfile.TemporaryDirectory(prefix="voltbeacon-mutate-") as folder:
        bench = Bench(folder, every)
        if options.recorded:
            passed, failed = try_recorded(bench, every, options.part)
        else:
            passed, failed = try_all(bench, every, options.match, options.survivors)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
