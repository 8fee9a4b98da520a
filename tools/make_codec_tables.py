#!/usr/bin/env python3
"""Writes core/src/codec_tables.h: how likely each residual is for each spread, and what it costs.

    tools/make_codec_tables.py           write
    tools/make_codec_tables.py --check   fail if the file differs

A residual is normally distributed, but for a share of TAIL that spreads WIDER times as far: cells
that age differently and readings torn by a step of the load.
"""
import math
import pathlib
import sys
import textwrap

PATH = pathlib.Path(__file__).resolve().parent.parent / "core/src/codec_tables.h"
SPREADS = [0.3, 0.52, 0.74, 0.9, 1.25, 1.9]  # standard deviations
REACH = 8  # the largest residual with a symbol of its own
TOTAL = 4096
TAIL, WIDER = 0.02, 3


def within(spread, low, high):
    scale = spread * math.sqrt(2)
    return (math.erf(high / scale) - math.erf(low / scale)) / 2


def shares(spread):
    """Of the symbols 0, -1, 1, -2, 2 ... and, last, of all that is farther away."""
    def share(value):
        edges = value - 0.5, value + 0.5
        return (1 - TAIL) * within(spread, *edges) + TAIL * within(WIDER * spread, *edges)

    symbols = [0]
    for distance in range(1, REACH + 1):
        symbols += [-distance, distance]
    return [share(value) for value in symbols]


def frequencies(spread):
    counts = [max(1, round(share * TOTAL)) for share in shares(spread)] + [2]
    counts[0] += TOTAL - sum(counts)
    assert sum(counts) == TOTAL and min(counts) > 0
    return counts


def starts(counts):
    sums = [0]
    for count in counts:
        sums.append(sums[-1] + count)
    return sums


def table(rows):
    for row in rows:
        text = "{" + ", ".join(str(value) for value in row) + "},"
        yield textwrap.fill(text, 100, initial_indent=4 * " ", subsequent_indent=5 * " ")


def text():
    counts = [frequencies(spread) for spread in SPREADS]
    costs = [[round(16 * math.log2(TOTAL / count)) for count in row] for row in counts]
    lines = [
        "/* Made by tools/make_codec_tables.py; do not edit. */",
        "#ifndef VOLTBEACON_CODEC_TABLES_H",
        "#define VOLTBEACON_CODEC_TABLES_H",
        "",
        "#include <stdint.h>",
        "",
        f"enum {{ SPREAD_COUNT = {len(SPREADS)}, SYMBOL_ESCAPE = {2 * REACH + 1} }};",
        "",
        f"/* Where each symbol begins, of {TOTAL}; by spread: {', '.join(map(str, SPREADS))}. */",
        "static const uint16_t symbol_starts[SPREAD_COUNT][SYMBOL_ESCAPE + 2] = {",
    ]
    lines += table(starts(row) for row in counts)
    lines += [
        "};",
        "",
        "/* What it costs, in sixteenths of a bit. */",
        "static const uint8_t symbol_costs[SPREAD_COUNT][SYMBOL_ESCAPE + 1] = {",
    ]
    lines += table(costs)
    return "\n".join([*lines, "};", "", "#endif", ""])


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        same = PATH.read_text() == text()
        sys.exit(0 if same else f"{PATH.name} differs: run tools/make_codec_tables.py")
    PATH.write_text(text())
