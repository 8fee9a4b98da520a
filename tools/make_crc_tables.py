#!/usr/bin/env python3
"""Writes core/src/crc_tables.h: four slices of each table, so that a step takes four bytes.

    tools/make_crc_tables.py           write
    tools/make_crc_tables.py --check   fail if the file differs
"""
import pathlib
import sys

PATH = pathlib.Path(__file__).resolve().parent.parent / "core/src/crc_tables.h"
POLYNOMIALS = [("crc32", 0xEDB88320, "CRC-32, IEEE 802.3"),
               ("crc32c", 0x82F63B78, "CRC-32C, Castagnoli")]


def slices(polynomial):
    first = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
        first.append(value)
    tables = [first]
    for _ in range(3):
        last = tables[-1]
        tables.append([(v >> 8) ^ first[v & 255] for v in last])
    return tables


def text():
    lines = ["/* Made by tools/make_crc_tables.py; do not edit. */",
             "/* clang-format off */",
             "#ifndef VOLTBEACON_CRC_TABLES_H", "#define VOLTBEACON_CRC_TABLES_H", "",
             "#include <stdint.h>"]
    for name, polynomial, title in POLYNOMIALS:
        lines += ["", f"/* {title}, reflected 0x{polynomial:08X}. */",
                  f"static const uint32_t {name}_slices[4][256] = {{"]
        for table in slices(polynomial):
            lines.append("    {")
            for at in range(0, 256, 6):
                lines.append("        " + " ".join(f"0x{v:08x}u," for v in table[at:at + 6]))
            lines.append("    },")
        lines.append("};")
    return "\n".join(lines + ["", "#endif", ""])


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        same = PATH.read_text() == text()
        sys.exit(0 if same else f"{PATH.name} differs: run tools/make_crc_tables.py")
    PATH.write_text(text())
