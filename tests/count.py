#!/usr/bin/env python3
"""Adds up what CTest ran: count.py JUNIT.XML... TASK.status...

A CTest test is a program that mostly runs many tests of its own. This counts those, from what the
runner inside says (cmocka, node --test, Python's unittest); a program that says nothing counts as
one. So does a task of ./dev, whose TASK.status holds its exit code, and TASK.log what it said.
Prints what failed and why, and as its last line "N passed, N failed, N skipped".
"""
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

LINES_OF_A_FAILURE = 60


def cmocka(output):
    """Each group of tests ends in a summary; a program that crashed has only the tests before."""
    return Counter(
        passed=len(re.findall(r"^\[       OK \] ", output, re.M)),
        failed=sum(map(int, re.findall(r"^\[  FAILED  \] (\d+) test\(s\)", output, re.M))),
        skipped=sum(map(int, re.findall(r"^\[  SKIPPED \] (\d+) test\(s\)", output, re.M))),
    )


def node(output):
    def total(*words):
        return sum(
            int(number)
            for word in words
            for number in re.findall(rf"^(?:#|ℹ) {word} (\d+)", output, re.M)
        )

    return Counter(
        passed=total("pass"), failed=total("fail", "cancelled"), skipped=total("skipped", "todo")
    )


def unittest(output):
    counts = Counter()
    for run, verdict in re.findall(r"^Ran (\d+) tests? in .*\n+(?:OK|FAILED)(.*)", output, re.M):
        details = Counter({name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", verdict)})
        failed = details["failures"] + details["errors"]
        skipped = details["skipped"]
        passed = max(int(run) - failed - skipped, 0)  # one test may fail several times over
        counts += Counter(passed=passed, failed=failed, skipped=skipped)
    return counts


def count_case(case):
    """The counts of one CTest test; its own failure, a crash or a time-out, is never lost."""
    output = case.findtext("system-out") or ""
    not_run = case.find("skipped")
    if not_run is not None and (
        case.get("status") == "disabled" or not_run.get("message", "").startswith("SKIP_")
    ):
        return Counter(skipped=1)
    counts = cmocka(output) + node(output) + unittest(output)
    if not_run is not None or case.find("failure") is not None:
        counts["failed"] = max(counts["failed"], 1)
    elif counts.total() == 0:
        counts["passed"] = 1
    return counts


def count_task(status):
    """One, passed if the task ended, and with 0."""
    ended_well = status.exists() and status.read_text().strip() == "0"
    if not ended_well:
        log = status.with_suffix(".log")
        print(f"\n--- ./dev {status.stem} failed")
        print("\n".join(log.read_text(errors="replace").splitlines()[-LINES_OF_A_FAILURE:]))
    return Counter(passed=int(ended_well), failed=int(not ended_well))


def processor_s(case):
    """What a test says that it took of the processor; those on the air do."""
    output = case.findtext("system-out") or ""
    return sum(float(s) for s in re.findall(r"^# processor time ([\d.]+) s$", output, re.M))


def excerpt(output):
    """What to read of a failure: node's failed tests and their reasons, else the last lines."""
    blocks = re.findall(r"^ *not ok .*\n(?: +---\n(?:.*\n)*? +\.\.\.\n)?", output, re.M)
    if blocks:
        return "".join(blocks).rstrip()
    return "\n".join(output.rstrip().splitlines()[-LINES_OF_A_FAILURE:])


def main(files):
    totals = Counter()
    on_the_air_s = 0.0
    for file in files:
        if file.endswith(".status"):
            totals += count_task(Path(file))
            continue
        cases = list(ElementTree.parse(file).iter("testcase")) if Path(file).exists() else []
        if not cases:
            print(f"\n--- no test ran: {file} holds none")
            totals["failed"] += 1
        for case in cases:
            counts = count_case(case)
            totals += counts
            on_the_air_s += processor_s(case)
            if counts["failed"]:
                print(f"\n--- {case.get('name')} failed ({Path(file).parent.name})")
                print(excerpt(case.findtext("system-out") or ""))

    if on_the_air_s:
        print(f"\non the air: {on_the_air_s:.0f} s of processor time")
    print(
        f"\n{totals['passed']} passed, {totals['failed']} failed, {totals['skipped']} skipped"
    )
    return 0 if totals["passed"] and not totals["failed"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
