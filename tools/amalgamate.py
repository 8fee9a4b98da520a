#!/usr/bin/env python3
"""Voltbeacon as a library of two files for Arduino and PlatformIO: amalgamate.py FOLDER

FOLDER/src/voltbeacon.h has the public headers of core, pack, api and device, and voltbeacon.c every
source of theirs with what only sources include. voltbeacon_esp32.h and .c are likewise the glue to
an ESP32, and what reads the settings of older designs. All are this tree's own lines but for three
things: an include of ours becomes what it names, once; what sections.def lists becomes one macro,
since it is expanded many times; and a name that several sources keep to themselves gets the
source's behind it, since now they are one.

Around them goes what ports/arduino/ has: what both managers want to know, and the examples.
"""
import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RINGS = ("core", "pack", "api", "device")  # inwards first
ROWS = "core/schema/sections.def"
EXPAND = "voltbeacon/core/schema_expand.h"
ROWS_MACRO = "VB_SCHEMA_ROWS"
LIBRARY = ROOT / "ports/arduino"
GLUE = ROOT / "ports/esp-idf/voltbeacon"
LEFT_OUT = ("VB_IDF_WEB_SOURCES", "VB_IDF_UPDATE_SOURCES", "VB_IDF_ETHERNET_SOURCES",
            "VB_IDF_EMAC_SOURCES", "VB_IDF_W5500_SOURCES")  # fmt: skip
MIGRATION = ROOT / "ports/migration"
VERSION = re.search(r"project\(\w+ VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]

TOKEN = re.compile(
    r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|"""
    r"""[A-Za-z_]\w*|\d[\w.]*|->|\s+|.""",
    re.S,
)
INCLUDE = re.compile(r'^#include "([^"]+)"[^\n]*\n', re.M)
SYSTEM = re.compile(r"^#include <([^>]+)>[^\n]*\n", re.M)
GUARD = re.compile(r"^#ifndef (VOLTBEACON_\w+)\n#define \1\n", re.M)


# --- files --------------------------------------------------------------------------------------


def listed(place, variable, folder):
    """The sources that a CMake list names, which all builds share."""
    script = f'include("{place}")\nmessage("${{{variable}}}")\n'
    with tempfile.NamedTemporaryFile("w", suffix=".cmake") as file:
        file.write(script)
        file.flush()
        told = subprocess.run(
            ["cmake", "-P", file.name], check=True, capture_output=True, text=True
        ).stderr
    return [folder / name for name in told.strip().split(";")]


def find(name, beside):
    """The file that an include names."""
    places = [beside.parent, *(ROOT / ring / "include" for ring in RINGS)]
    for place in [*places, ROOT / "core/schema", ROOT / "ports"]:
        if (place / name).is_file():
            return place / name
    sys.exit(f"{beside.relative_to(ROOT)} includes {name}, which is in no ring")


def without_guard(text):
    guard = GUARD.search(text)
    if guard is None:
        return text
    end = text.rindex("#endif")
    return text[: guard.start()] + text[guard.end() : end] + text[text.index("\n", end) + 1 :]


def uncommented(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


# --- the schema ---------------------------------------------------------------------------------


def schema_parts():
    """What sections.def defines around its rows, and its rows as one macro."""
    text = uncommented((ROOT / ROWS).read_text())
    lists = re.search(r"#ifndef VB_SCHEMA_LISTS\n.*?\n#endif\n", text, re.S)
    rows = text[: lists.start()] + text[lists.end() :]
    if "#" in re.sub(r'"(?:\\.|[^"\\])*"', "", rows):
        sys.exit(f"{ROWS}: a directive among its rows, which one macro cannot hold")
    lines = [line.strip() for line in rows.splitlines() if line.strip()]
    return lists.group(), f"#define {ROWS_MACRO} \\\n    " + " \\\n    ".join(lines) + "\n"


def expansion():
    """schema_expand.h with the macro in place of the file."""
    text = uncommented((ROOT / "core/include" / EXPAND).read_text()).strip()
    return text.replace('#include "sections.def"', ROWS_MACRO) + "\n"


# --- names --------------------------------------------------------------------------------------


def own_names(text):
    """Names that a source gives at its outermost level and nobody else sees: static functions and
    objects, and what its own structs, enums and macros are called."""
    names = {name for name in re.findall(r"^#define (\w+)", text, re.M) if name[:3] != "VB_"}
    code = re.sub(r"^#(?:[^\n\\]|\\.)*", "", uncommented(text), flags=re.M | re.S)
    code = re.sub(r'"(?:\\.|[^"\\\n])*"', '""', code)
    for head in re.findall(r"^(?:VB_\w+(?:\([^)]*\))?\s+)?static\b([^;{=]*)", code, re.M):
        head = re.sub(r"\bVB_\w+(?:\([^)]*\))?", " ", head)
        names.update(re.findall(r"(\w+)\s*(?:[(\[]|$)", head.strip())[:1])
    names.update(re.findall(r"^(?:static const )?(?:struct|enum|union) (\w+) \{", code, re.M))
    for body in re.findall(r"^enum(?: \w+)? \{(.*?)\}", code, re.M | re.S):
        names.update(re.findall(r"(?:^|,)\s*(\w+)\s*(?==|,|$)", body.strip()))
    return names - {"struct", "enum", "union", ""}


def renamed(text, names, suffix):
    """Each of the names with the suffix, except where it is a member's: after a dot or an arrow."""
    out, before = [], ""
    for token in TOKEN.findall(text):
        out.append(token + suffix if token in names and before not in (".", "->") else token)
        if not token.isspace():
            before = token
    return "".join(out)


# --- two files of many --------------------------------------------------------------------------


class Amalgam:
    """Headers and sources as one of each. done: files that another amalgam has, which it needs."""

    def __init__(self, name, headers, sources, done=frozenset()):
        self.name, self.headers, self.sources = name, headers, sources
        self.done = set(done)
        self.system = []

    def text_of(self, path, inlines=False):
        """The file, with the headers inside that it is the first to include; or without any."""
        text = without_guard(path.read_text())
        for name in SYSTEM.findall(text):
            if name not in self.system:
                self.system.append(name)

        def included(match):
            found = find(match.group(1), path)
            if match.group(1) == EXPAND:
                return expansion()
            if found.suffix == ".def":
                return uncommented(found.read_text()).strip() + "\n"
            return self.once(found) if inlines else ""

        text = INCLUDE.sub(included, SYSTEM.sub("", text)).strip("\n")
        return f"/* ==== {path.relative_to(ROOT)} ==== */\n\n{text}\n\n"

    def once(self, path):
        if path in self.done:
            return ""
        self.done.add(path)
        return self.text_of(path, inlines=True)

    def header(self, before):
        body = "".join(self.once(path) for path in self.headers)
        guard = f"{self.name.upper()}_H"
        return (
            f"/* Made by `./dev amalgamate` from version {VERSION}. */\n"
            f"#ifndef {guard}\n#define {guard}\n\n{self.system_includes()}{before}{body}#endif\n"
        )

    def system_includes(self):
        return "".join(f"#include <{name}>\n" for name in sorted(self.system)) + "\n"

    def pieces(self):
        """Each source, and before the first that includes it each header that only sources do."""

        def needed(path):
            for name in INCLUDE.findall(path.read_text()):
                found = find(name, path)
                if name != EXPAND and found.suffix == ".h" and found not in self.done:
                    self.done.add(found)
                    yield from needed(found)
                    yield found, self.text_of(found)

        for path in self.sources:
            yield from needed(path)
            yield path, self.text_of(path)

    def source(self):
        self.system = []
        pieces = list(self.pieces())
        owners = defaultdict(set)
        for path, text in pieces:
            for name in own_names(text):
                owners[name].add(path)
        body = ""
        for path, text in pieces:
            own = own_names(text) if path.suffix == ".c" else ()
            names = {name for name in own if len(owners[name]) > 1}
            body += renamed(text, names, f"_in_{path.stem}")
        return (
            f"/* Made by `./dev amalgamate` from version {VERSION}. */\n"
            f'#include "{self.name}.h"\n\n{self.system_includes()}{body}'
        )

    def write(self, folder, before):
        """The header first: what it has, the source needs no more."""
        (folder / f"{self.name}.h").write_text(self.header(before))
        (folder / f"{self.name}.c").write_text(self.source())


def rings():
    headers = [
        path
        for ring in RINGS
        for path in sorted((ROOT / ring / "include").glob("**/*.h"))
        if path.name != Path(EXPAND).name
    ]
    sources = [
        path
        for ring in RINGS
        for path in listed(
            ROOT / ring / f"{ring}_sources.cmake", f"VB_{ring.upper()}_SOURCES", ROOT / ring
        )
    ]
    return Amalgam("voltbeacon", headers, sources)


def glue(done):
    """Without the firmware's web server: a sketch has its own, and no pages are built into it. How
    new firmware gets there, and whether it is kept, is the sketch's own matter, too; and so is a
    cable."""
    place = GLUE / "glue_sources.cmake"
    left = {"http_parts"}
    for variable in LEFT_OUT:
        left |= {path.stem for path in listed(place, variable, GLUE)}
    headers = [path for path in GLUE.glob("*.h") if path.stem not in left]
    headers = sorted([*headers, *MIGRATION.glob("*.h")])
    sources = listed(place, "VB_IDF_SOURCES", GLUE)
    for variable in ("VB_IDF_CAN_SOURCES", "VB_IDF_MODEL_SOURCES"):
        sources += listed(place, variable, ROOT / "ports/sources")
    history = ROOT / "ports/history"
    sources += listed(history / "history_sources.cmake", "VB_HISTORY_SOURCES", history)
    mqtt = ROOT / "ports/mqtt"
    sources += listed(mqtt / "mqtt_sources.cmake", "VB_MQTT_SOURCES", mqtt)
    place = MIGRATION / "migration_sources.cmake"
    sources += listed(place, "VB_MIGRATION_SOURCES", MIGRATION)
    return Amalgam("voltbeacon_esp32", headers, sources, done)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("folder", type=Path)
    folder = options.parse_args().folder
    shutil.copytree(LIBRARY, folder, dirs_exist_ok=True)
    for name in ("library.properties", "library.json"):
        text = (LIBRARY / name).read_text()
        (folder / name).write_text(text.replace("@VERSION@", VERSION))
    shutil.copy(ROOT / "LICENSE", folder)
    (folder / "src").mkdir(exist_ok=True)
    everything = rings()
    everything.write(folder / "src", "\n".join(schema_parts()) + "\n")
    glue(everything.done).write(folder / "src", '#include "voltbeacon.h"\n\n')


if __name__ == "__main__":
    main()
