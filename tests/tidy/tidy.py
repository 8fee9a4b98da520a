#!/usr/bin/env python3
"""The rules of style that a machine can hold: tidy.py [--root DIR] [RULE...]

Each rule is a generator of violations, registered under its name; test_tidy.py shows every one of
them to fail on a planted violation. Prints "file:line: [rule] what is wrong and what to do".
"""
import argparse
import copy
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

COLUMNS_MAX = 100
FUNCTION_LINES_MAX = 70
HEADER_LINES_MAX = 150

# Headers that may be longer, up to so many lines, and why.
LONG_HEADERS = {
    "core/include/voltbeacon/core/receiver.h": (260, "the caller allocates struct vb_receiver"),
    "core/include/voltbeacon/core/transmitter.h": (250, "likewise struct vb_transmitter"),
    "core/include/voltbeacon/core/message.h": (190, "a struct and two functions for each message"),
    "core/src/crc_tables.h": (400, "tables, written by tools/make_crc_tables.py"),
}

SKIPPED_FOLDERS = {".git", "build", "node_modules", "dist", "__pycache__"}
RINGS = ("core", "pack", "api", "device", "ports", "apps")

CORE_SYSTEM_HEADERS = {"stdbool.h", "stddef.h", "stdint.h", "string.h"}
PACK_SYSTEM_HEADERS = CORE_SYSTEM_HEADERS | {"inttypes.h", "math.h", "stdio.h", "stdlib.h"}
API_SYSTEM_HEADERS = PACK_SYSTEM_HEADERS | {"cJSON.h", "ctype.h", "limits.h", "stdarg.h"}
DEVICE_SYSTEM_HEADERS = PACK_SYSTEM_HEADERS | {"stdarg.h"}

# What the linked core may ask of the program around it; libgcc's helpers on 32-bit machines aside.
CORE_NEEDS = {"memcpy", "memmove", "memset", "memcmp", "strlen", "vb_panic"}

WARNINGS = (
    "-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wswitch-enum -Wundef -Wmissing-prototypes "
    "-Wvla -Werror"
).split()

# Calls banned everywhere, with what to use instead.
BANNED = {
    "strcpy": "snprintf or memcpy with a checked size",
    "strcat": "snprintf with a checked size",
    "strncpy": "snprintf: it always ends the string",
    "sprintf": "snprintf",
    "vsprintf": "vsnprintf",
    "gets": "fgets",
    "strtok": "strchr or strcspn",
    "atoi": "strtol, and check where it stopped",
    "atol": "strtol, and check where it stopped",
    "atof": "strtod, and check where it stopped",
    "alloca": "a buffer of a named size",
    "rand": "vb_random",
    "setjmp": "an error code",
    "longjmp": "an error code",
    "system": "posix_spawn with an argument list",
    "popen": "posix_spawn with an argument list",
}
# The core does no I/O and allocates nothing.
BANNED_IN_CORE = {
    name: "nothing: core/ does no I/O, allocates nothing and asks no clock"
    for name in (
        "malloc", "calloc", "realloc", "free", "printf", "fprintf", "snprintf", "puts", "abort",
        "exit", "assert", "time", "clock", "getenv", "random",
    )
}  # fmt: skip
# Nor does pack/, but it calculates in double and writes sentences.
BANNED_IN_PACK = {
    name: instead.replace("core/", "pack/")
    for name, instead in BANNED_IN_CORE.items()
    if name != "snprintf"
}
BANNED_IN_DEVICE = {
    name: instead.replace("core/", "device/")
    for name, instead in BANNED_IN_CORE.items()
    if name != "snprintf"
}
BANNED_IN_RING = {"core": BANNED_IN_CORE, "pack": BANNED_IN_PACK, "device": BANNED_IN_DEVICE}


# --- the tree ---------------------------------------------------------------------------------


class Tree:
    """The files of a checkout, by path relative to its root, read once."""

    def __init__(self, root):
        self.root = Path(root).resolve()
        self.texts = {}
        self.codes = {}
        self.paths = sorted(self.walk())
        self.looked_at = None  # a path: of all files only this one is looked at

    def walk(self):
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
            for name in names:
                if name == ".git":  # of a worktree: a file, not the project's
                    continue
                yield (Path(folder) / name).relative_to(self.root).as_posix()

    def with_file(self, path, alone=False):
        """The same tree with this file read anew, wherever it came from; looking at it alone?"""
        other = copy.copy(self)
        other.texts = {name: text for name, text in self.texts.items() if name != path}
        other.codes = {name: code for name, code in self.codes.items() if name != path}
        other.paths = sorted({*self.paths, path})
        other.looked_at = path if alone else None
        return other

    def files(self, *suffixes, below=()):
        for path in self.paths if self.looked_at is None else [self.looked_at]:
            if path.endswith(suffixes) and (not below or path.startswith(below)):
                yield path

    def c_files(self, *folders):
        folders = folders or (*RINGS, "tests")
        return self.files(".c", ".h", below=tuple(f"{folder}/" for folder in folders))

    def text(self, path):
        if path not in self.texts:
            text = (self.root / path).read_text(encoding="utf-8", errors="replace")
            self.texts[path] = text
        return self.texts[path]

    def lines(self, path):
        return enumerate(self.text(path).splitlines(), start=1)

    def code(self, path):
        """The C text with comments and the insides of strings blanked; lines and columns stay."""
        if path not in self.codes:
            self.codes[path] = blank_comments_and_strings(self.text(path))
        return self.codes[path]

    def code_lines(self, path):
        return enumerate(self.code(path).splitlines(), start=1)

    def exists(self, path):
        return (self.root / path).exists()


def blank_comments_and_strings(text):
    comment, string, char = r"/\*.*?\*/|//[^\n]*", r'"(?:\\.|[^"\\\n])*"', r"'(?:\\.|[^'\\\n])*'"
    token = re.compile(f"{comment}|{string}|{char}", re.S)

    def blank(match):
        found = match.group()
        if found[0] in "\"'":
            return found[0] + " " * (len(found) - 2) + found[0]
        return re.sub(r"[^\n]", " ", found)

    # The names of included files are kept: they look like strings.
    return "".join(
        line if re.match(r"\s*#\s*include", line) else token.sub(blank, line)
        for line in re.split(r"(^\s*#\s*include[^\n]*\n)", text, flags=re.M)
    )


def comments(text):
    """The C text with all but its comments blanked; lines stay."""
    token = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.S)
    kept, at = [], 0
    for match in token.finditer(text):
        kept.append("\n" * text.count("\n", at, match.start()))
        is_comment = match.group()[0] == "/"
        kept.append(match.group() if is_comment else "\n" * match.group().count("\n"))
        at = match.end()
    return "".join(kept)


def ring_of(path):
    return path.split("/")[0] if path.startswith(tuple(f"{ring}/" for ring in RINGS)) else None


RULES = {}


def rule(function):
    RULES[function.__name__.replace("_", "-")] = function
    return function


# --- architecture -----------------------------------------------------------------------------


def includes(tree, path):
    """(line, name, quoted) of every #include."""
    for number, line in tree.code_lines(path):
        match = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
        if match:
            yield number, match.group(2), match.group(1) == '"'


def resolve(tree, path, name):
    """The file of the tree that an #include "name" in path means, or None."""
    beside = (Path(path).parent / name).as_posix()
    places = [
        "core/include", "core/schema", "core/src", "pack/include", "pack/src", "api/include",
        "api/src", "device/include", "device/src", "ports", "web", "apps", "tests", ".",
    ]  # fmt: skip
    for candidate in [beside, *(f"{place}/{name}" for place in places)]:
        candidate = os.path.normpath(candidate)
        if tree.exists(candidate):
            return candidate
    return None


@rule
def include_direction(tree):
    """An #include only ever points inwards: apps -> ports -> device -> api -> pack -> core."""
    for path in tree.c_files():
        ring = ring_of(path)
        for number, name, quoted in includes(tree, path):
            target = ring_of(resolve(tree, path, name) or "") if quoted else None
            if ring and target and RINGS.index(target) > RINGS.index(ring):
                yield path, number, f"{ring}/ includes {name} of {target}/; includes point inwards"
            elif target == "apps" and ring != "apps":
                yield path, number, f"nobody includes apps/, and this includes {name}"
            elif quoted and ring == "core" and target is None:
                yield path, number, f"core/ includes {name}, which is not its own"
            elif not quoted and ring == "core" and name not in CORE_SYSTEM_HEADERS:
                allowed = ", ".join(sorted(CORE_SYSTEM_HEADERS))
                yield path, number, f"core/ includes <{name}>; it may use {allowed}"
            elif not quoted and ring == "pack" and name not in PACK_SYSTEM_HEADERS:
                allowed = ", ".join(sorted(PACK_SYSTEM_HEADERS))
                yield path, number, f"pack/ includes <{name}>; it may use {allowed}"
            elif not quoted and ring == "api" and name not in API_SYSTEM_HEADERS:
                yield path, number, f"api/ includes <{name}>; it may use plain C and cJSON alone"
            elif not quoted and ring == "device" and name not in DEVICE_SYSTEM_HEADERS:
                yield path, number, f"device/ includes <{name}>; it does no I/O: ports/ does"


@rule
def platform_conditionals(tree):
    """The platform is chosen by file: #if stands in ports and in the core's one platform header."""
    core = "core/include/voltbeacon/core"
    allowed = {f"{core}/platform.h", f"{core}/schema_expand.h"}
    for path in tree.c_files("core", "pack", "api", "device", "apps"):
        if path in allowed:
            continue
        guard = include_guard(tree, path)
        for number, line in tree.code_lines(path):
            match = re.match(r"\s*#\s*(if|ifdef|ifndef|elif)\b\s*(.*)", line)
            if match and match.group(2).strip() != guard:
                yield path, number, f"#{match.group(1)}: choose by file in ports/ instead"


@rule
def core_sources(tree):
    """core_sources.cmake lists every source of the core, and nothing else."""
    if not tree.exists("core/core_sources.cmake"):
        return
    path = "core/core_sources.cmake"
    listed = set(re.findall(r"^\s*(src/\S+\.c)\)?$", tree.text(path), re.M))
    present = {file.removeprefix("core/") for file in tree.files(".c", below=("core/src/",))}
    for name in sorted(present - listed):
        yield f"core/{name}", 1, f"not listed in {path}; add it"
    for name in sorted(listed - present):
        yield path, 1, f"{name} is listed and does not exist"


# --- layout of files --------------------------------------------------------------------------


def include_guard(tree, path):
    match = re.search(r"^#ifndef (\w+)\n#define \1$", tree.code(path), re.M)
    return match.group(1) if match else None


@rule
def header_guards(tree):
    """A header is guarded by VOLTBEACON_<FILE>_H, or VOLTBEACON_<a folder above it>_<FILE>_H."""
    for path in tree.files(".h"):
        if path.endswith("/schema_expand.h"):  # meant to be included many times
            continue
        *folders, name = re.sub(r"[^\w/]", "_", path.removesuffix(".h")).upper().split("/")
        allowed = [f"VOLTBEACON_{name}_H", *(f"VOLTBEACON_{each}_{name}_H" for each in folders)]
        if include_guard(tree, path) not in allowed:
            yield path, 1, f"the include guard is not one of {', '.join(allowed)}"


@rule
def one_name_once(tree):
    """A file name stands once in the tree, so that a name alone says which file is meant."""
    first = {}
    for path in tree.files(".c", ".h", ".ts", ".svelte", ".mjs", ".py"):
        name = Path(path).name
        if name in first:
            yield path, 1, f"the name stands at {first[name]} too; give one of them another"
        first.setdefault(name, path)


@rule
def own_header_first(tree):
    """A .c file includes its own header first, which proves that the header is self-sufficient.

    Or its private one, <file>_*.h, where a module of several files has such a thing.
    """
    for path in tree.c_files(*RINGS):
        if not path.endswith(".c"):
            continue
        stem = Path(path).stem
        ring = ring_of(path)
        public = f"{ring}/include/voltbeacon/{ring}/{stem}.h"
        places = [Path(path).with_suffix(".h").as_posix(), public]
        own = next((place for place in places if tree.exists(place)), None)
        first = next(includes(tree, path), None)
        private = first and first[2] and first[1].startswith(f"{stem}_")
        if own and not private and (first is None or resolve(tree, path, first[1]) != own):
            yield path, first[0] if first else 1, f"include {own} first, before anything else"


@rule
def line_length(tree):
    """At most 100 columns, of C and of what builds it.

    schema/*.def are tables with a row per field, and exempt.
    """
    scripts = tree.files(".py", ".cmake", "CMakeLists.txt", "dev")
    for path in (*tree.c_files(), *scripts):
        for number, line in tree.lines(path):
            if len(line) > COLUMNS_MAX:
                yield path, number, f"{len(line)} columns; {COLUMNS_MAX} is the most"


@rule
def function_length(tree):
    """At most 70 lines from a function's signature to its closing brace."""
    for path in tree.c_files():
        lines = [line for _, line in tree.code_lines(path)]
        for opening, line in enumerate(lines):
            if line != "{":
                continue
            first = opening
            while first > 0 and re.match(r"[^#}].*[^;]$", lines[first - 1]):
                first -= 1
            ends = (n for n in range(opening, len(lines)) if lines[n] == "}")
            count = next(ends, len(lines) - 1) - first + 1
            if count > FUNCTION_LINES_MAX:
                message = f"a function of {count} lines; {FUNCTION_LINES_MAX} is the most"
                yield path, first + 1, message


@rule
def header_length(tree):
    """At most 150 lines, without the fence for C++: a header one can read in a sitting."""
    for path in tree.files(".h"):
        most, _ = LONG_HEADERS.get(path, (HEADER_LINES_MAX, None))
        text = tree.text(path).replace("VB_C_BEGIN\n\n", "").replace("VB_C_END\n\n", "")
        count = len(text.splitlines())
        if count > most:
            yield path, count, f"a header of {count} lines; {most} is the most"


# --- the language -----------------------------------------------------------------------------


@rule
def banned_calls(tree):
    for path in tree.c_files():
        banned = BANNED | BANNED_IN_RING.get(ring_of(path), {})
        for number, line in tree.code_lines(path):
            for name in re.findall(r"(?<![\w.>])(\w+)\s*\(", line):
                if name in banned:
                    yield path, number, f"{name}() is banned; use {banned[name]}"


@rule
def no_typedef_struct(tree):
    """A struct shows that it is one; typedef is for callbacks. ESP-IDF's types have its names."""
    for path in tree.c_files():
        if path.startswith("tests/esp-idf/include/"):
            continue
        for number, line in tree.code_lines(path):
            # A callback may return one.
            if re.match(r"\s*typedef\s+(struct|enum|union)\b", line) and "(*" not in line:
                yield path, number, "a typedef'd struct, enum or union; name it where it is used"


@rule
def no_packed(tree):
    """Bytes go through readers and writers, never through a struct's layout."""
    for path in tree.c_files():
        for number, line in tree.code_lines(path):
            if re.search(r"\b(__)?packed(__)?\b|#\s*pragma\s+pack\b", line):
                yield path, number, "a packed struct; use vb_reader and vb_writer"


@rule
def no_todo(tree):
    """What is left to do stands in an issue."""
    pattern = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")
    scripts = (".py", ".mjs", ".ts", ".svelte", ".cmake", "CMakeLists.txt", "dev")
    for path in tree.files(".c", ".h", ".def", ".md", *scripts):
        for number, line in tree.lines(path):
            if pattern.search(line):
                yield path, number, "unfinished work in the text; finish it, or file an issue"


@rule
def warnings(tree):
    """The compiler holds the rest (no VLA, no lossy conversion): none of its flags is off."""
    path = "cmake/warnings.cmake"
    flags = set(re.findall(r"-W[\w-]+", tree.text(path))) if tree.exists(path) else set()
    for flag in WARNINGS:
        if flag not in flags:
            yield path, 1, f"{flag} is missing from vb_warnings"
    for file in tree.files("CMakeLists.txt", ".cmake", ".c", ".h"):
        for number, line in tree.lines(file):
            if re.search(r"-Wno-|#\s*pragma\s+(GCC|clang)\s+diagnostic", line):
                yield file, number, "a warning is switched off; mend its cause"


# --- the core, as the linker sees it ----------------------------------------------------------


def run(*command, cwd):
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout


def core_symbols(tree):
    """(kind, name) of each symbol of the core linked into one relocatable object; see nm(1)."""
    sources = [tree.root / path for path in tree.files(".c", below=("core/src/",))]
    if not sources:
        return []
    with tempfile.TemporaryDirectory() as folder:
        # Without -fno-pie a constant table of pointers counts as data, for it is relocated.
        flags = "-std=c11 -O2 -fno-pie -fno-stack-protector -U_FORTIFY_SOURCE -c".split()
        search = [f"-I{tree.root}/core/{name}" for name in ("include", "schema", "src")]
        objects = [f"{source.stem}.o" for source in sources]
        try:
            run("cc", *flags, *search, *map(str, sources), cwd=folder)
            run("ld", "-r", "-o", "core.o", *objects, cwd=folder)
        except subprocess.CalledProcessError as error:
            errors = re.findall(r"error: (.*)|^(ld: .*)", error.stderr, re.M)
            return [("compile", "".join(errors[0]) if errors else error.stderr.strip())]
        return [tuple(line.split()[-2:]) for line in run("nm", "core.o", cwd=folder).splitlines()]


@rule
def core_purity(tree):
    """The linked core needs a handful of functions from outside, and holds no state of its own."""
    for kind, name in core_symbols(tree):
        if kind == "compile":
            yield "core/src", 1, f"the core does not compile: {name}"
        elif kind == "U" and name not in CORE_NEEDS:
            allowed = ", ".join(sorted(CORE_NEEDS))
            yield "core/src", 1, f"the core calls {name}(); it may call {allowed}"
        elif kind in "BbCDdGgSs":
            yield "core/src", 1, f"{name} is a mutable global; pass it in"
        elif kind in "TR" and not name.startswith("vb_"):
            yield "core/src", 1, f"{name} is visible outside; make it static, or call it vb_{name}"


# --- the docs ---------------------------------------------------------------------------------


def anchors(text):
    """The names GitHub gives a page's headings."""
    for heading in re.findall(r"^#+ +(.*?) *$", re.sub(r"```.*?```", "", text, flags=re.S), re.M):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@rule
def docs_links(tree):
    """Every link to a file of the project, or to a heading in one, leads somewhere."""
    for path in tree.files(".md"):
        for number, line in tree.lines(path):
            for link in re.findall(r"\]\(([^)\s]+)\)", line):
                if re.match(r"\w+:", link):
                    continue
                name, _, anchor = link.partition("#")
                target = (tree.root / path).parent / name if name else tree.root / path
                if not target.exists():
                    yield path, number, f"a link to {name}, which does not exist"
                elif anchor and anchor not in anchors(target.read_text(encoding="utf-8")):
                    yield path, number, f"a link to #{anchor}, which {target.name} does not have"


# Files of others that comments and docs name.
FOREIGN_FILES = {
    "build_info.h", "esp_now.h", "lib.c", "nvs.h", "os_unix.c", "quicly.h", "splitmix64.c",
    "sysexits.h",
}  # fmt: skip


def named_files(tree, path):
    """(line, name) of every C file that a comment, or a page between backticks, names."""
    if path.endswith(".md"):
        text, pattern = tree.text(path), r"`([\w./-]+\.[ch])`"
    else:
        text, pattern = comments(tree.text(path)), r"(?<![\w./<*-])([\w./-]+\.[ch])\b(?!\w|\.\w|\()"
    for number, line in enumerate(text.splitlines(), start=1):
        for name in re.findall(pattern, line):
            yield number, name


@rule
def files_named(tree):
    """A C file that a comment or a page names is there: what was moved is looked for in vain.

    Placeholders (csv_NAME.c) and what a page has the reader write ("a new file `x.c`") are not.
    """
    names = {Path(path).name for path in tree.paths}
    for path in (*tree.c_files(), *tree.files(".md")):
        new = set(re.findall(r"new\s+file\s+`([^`]+)`", tree.text(path)))
        for number, name in named_files(tree, path):
            if name in new or re.search(r"[A-Z]{4}", name):
                continue
            if Path(name).name not in names | FOREIGN_FILES | API_SYSTEM_HEADERS:
                yield path, number, f"there is no {name}; name the file as it is called now"
    for path in sorted(set(LONG_HEADERS) - set(tree.paths)):
        yield "tests/tidy/tidy.py", 1, f"{path} may be long, and does not exist"


FIELD_FAULTS = "tests/FIELD_FAULTS.md"


def test_pattern(path, name):
    """What stands in the file where it has a test of that name; "…" is anything in its line."""
    name = ".*".join(re.escape(part) for part in name.split("…"))
    if path.endswith(".c"):
        return rf"\b{name}\("
    if path.endswith(".mjs"):
        return rf"['\"`]{name}['\"`],"
    if path.endswith("CMakeLists.txt"):
        return rf"NAME {name} "
    return rf"^bug: {name}$" if path.endswith(".txt") else name


@rule
def tests_named(tree):
    """Every fault from the field names tests, and they are there."""
    if not tree.exists(FIELD_FAULTS):
        return
    last_fault, named = 0, True
    for number, line in tree.lines(FIELD_FAULTS):
        if re.match(r"\*\*\d+\.\*\*|### ", line):
            if not named:
                yield FIELD_FAULTS, last_fault, "a fault without a test"
            last_fault, named = number, False
        found = re.match(r"- `([^`]+)`: (.+)$", line)
        if not found:
            continue
        named = True
        path, name = found.groups()
        if path not in tree.paths:
            yield FIELD_FAULTS, number, f"there is no {path}"
        elif not re.search(test_pattern(path, name), tree.text(path).replace("\\'", "'"), re.M):
            yield FIELD_FAULTS, number, f"{path} has no test of this name"
    if not named:
        yield FIELD_FAULTS, last_fault, "a fault without a test"


NOT_ON_THE_AIR = "tests/e2e/not_on_the_air.json"
OF_UDP = re.compile(r"Stranger\.open|\blink(?:Port|Options|Text)\b|\bfreeLinkPort\(|\budp:")
END_TO_END_TEST = re.compile(r"\w*[tT]est\(\s*(['\"`])(.+?)(?<!\\)\1", re.S)


def not_listed_uses_of_udp(text, listed):
    """(line, word) of what is UDP's own, outside the tests that are listed."""
    titles = [(match.start(), match.group(2)) for match in END_TO_END_TEST.finditer(text)]
    for match in OF_UDP.finditer(text):
        title = next((title for at, title in reversed(titles) if at < match.start()), None)
        if title not in listed:
            yield text.count("\n", 0, match.start()) + 1, match.group()


@rule
def not_on_the_air(tree):
    """What end-to-end tests use of UDP alone, one list names, with the reason; all others of them
    are run over ESP-NOW, too."""
    if not tree.exists(NOT_ON_THE_AIR):
        return
    listed = json.loads(tree.text(NOT_ON_THE_AIR))
    for name, why in listed["files"].items():
        if f"tests/e2e/{name}.test.mjs" not in tree.paths:
            yield NOT_ON_THE_AIR, 1, f"there is no tests/e2e/{name}.test.mjs"
        elif why == "" or name in listed["tests"]:
            yield NOT_ON_THE_AIR, 1, f"{name}: say why, once for the whole file"
    for name, tests in listed["tests"].items():
        path = f"tests/e2e/{name}.test.mjs"
        text = tree.text(path).replace("\\'", "'") if path in tree.paths else ""
        for test, why in tests.items():
            if not re.search(test_pattern(path, test), text):
                yield NOT_ON_THE_AIR, 1, f'{path} has no test "{test}"'
            elif why == "":
                yield NOT_ON_THE_AIR, 1, f'{name}, "{test}": say why'
    for path in tree.files(".test.mjs", below=("tests/e2e/",)):
        name = Path(path).name.removesuffix(".test.mjs")
        if name not in listed["files"]:
            tests = listed["tests"].get(name, {})
            for line, word in not_listed_uses_of_udp(tree.text(path), tests):
                yield path, line, f"{word} is UDP's own: use home.linkOf(), or list the test"


# What pages say a number of, and where as many stand: (page, pattern of the number, files, row).
RECORDINGS = ("tests/bench/alarms/test_recorded_alarms.c", r'^ +\{"\w+/')
MUTANT = r"^\w+\.[ch] "
COUNTED = (
    ("README.md", r"(\d+) bugs planted by hand", "tests/sim/planted/", r"^bug: "),
    ("README.md", r"([\d,]+) are found by a recorded test", "tests/sim/mutate_found", MUTANT),
    ("README.md", r"the other (\d+) have", "tests/sim/mutate_survivors", MUTANT),
    ("README.md", r"over (\d+) recordings", *RECORDINGS),
    ("docs/alarms.md", r"over (\d+) recordings", *RECORDINGS),
)


@rule
def counts(tree):
    """A number in a page that counts rows of the tree is the number of these rows."""
    for path, pattern, below, row in COUNTED:
        if not tree.exists(path):
            continue
        rows = sum(
            len(re.findall(row, tree.text(file), re.M))
            for file in tree.files(".txt", ".c", below=(below,))
        )
        for number, line in tree.lines(path):
            for said in re.findall(pattern, line):
                if int(said.replace(",", "")) != rows:
                    yield path, number, f"says {said}; in {below} there are {rows}"


@rule
def adr_numbers(tree):
    """docs/adr/ is numbered without gaps, and each title bears its file's number."""
    for index, path in enumerate(tree.files(".md", below=("docs/adr/",)), start=1):
        number = Path(path).name[:4]
        if number != f"{index:04}":
            yield path, 1, f"number {number} where {index:04} is next"
        if not tree.text(path).startswith(f"# {number} "):
            yield path, 1, f'the title does not begin with "# {number} "'


@rule
def nothing_private(tree):
    """Nobody else has this machine's folders, nor its package registry."""
    place = re.compile(r"(?<![\w.])/(work|root)/\w")
    for path in tree.paths:
        if path.endswith((".png", ".gz", ".ico", ".woff2")):
            continue
        for number, line in tree.lines(path):
            if path.endswith("package-lock.json"):
                if '"resolved"' in line and "https://registry.npmjs.org/" not in line:
                    yield path, number, "a package is pinned to a private registry's address"
            elif place.search(line) and path != "tests/tidy/test_tidy.py":
                yield path, number, "a path of one machine"


# --- main -------------------------------------------------------------------------------------


def violations(tree, names=RULES):
    for name in names:
        for path, line, message in RULES[name](tree):
            yield f"{path}:{line}: [{name}] {message}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default=Path(__file__).resolve().parents[2])
    names = ", ".join(RULES)
    parser.add_argument("rules", nargs="*", metavar="RULE", help=f"default: all of {names}")
    options = parser.parse_args()
    unknown = set(options.rules) - set(RULES)
    if unknown:
        parser.error(f"there is no rule {', '.join(sorted(unknown))}")

    found = list(violations(Tree(options.root), options.rules or RULES))
    print("\n".join(found) if found else f"{len(options.rules or RULES)} rules hold")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
