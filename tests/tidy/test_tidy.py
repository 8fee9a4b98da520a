#!/usr/bin/env python3
"""Each rule of tidy.py is shown to fail: a violation is planted in a copy of the tree."""
import contextlib
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import tidy

ROOT = Path(__file__).resolve().parents[2]

FUNCTION = "#include <stdint.h>\n\n{}\nvoid vb_planted(void);\nvoid vb_planted(void)\n{{\n{}}}\n"


def function(body, before=""):
    return FUNCTION.format(before, body)


def header(guard, lines=0):
    return f"#ifndef {guard}\n#define {guard}\n" + "/* */\n" * lines + "#endif\n"


def calls(names):
    """The content and messages of a plant that calls each of the functions."""
    body = "".join(f"    {name}(0);\n" for name in names)
    return function(body), *(f" {name}() is banned" for name in names)


A_RECORDING = "E1: a frame that was recorded twice is one sample, which ages"
CORE_HEADERS = "core/include/voltbeacon/core"

# rule: [(file, content, what messages say...)...]; the file replaces one of that name.
PLANTS = {
    "include-direction": [
        ("core/src/planted.c", '#include "json_planted.h"\n', "of api/"),
        ("core/src/planted.c", '#include "linux/planted.h"\n', "of ports/"),
        ("core/src/planted.c", "#include <stdio.h>\n", "<stdio.h>"),
        ("core/src/planted.c", '#include "cjson/cJSON.h"\n', "not its own"),
        ("core/src/planted.c", '#include "pack_planted.h"\n', "of pack/"),
        ("pack/src/planted.c", '#include "json_planted.h"\n', "of api/"),
        ("pack/src/planted.c", "#include <time.h>\n", "<time.h>"),
        ("api/src/planted.c", '#include "linux/planted.h"\n', "of ports/"),
        ("api/src/planted.c", "#include <sys/socket.h>\n", "<sys/socket.h>"),
        ("device/src/planted.c", '#include "linux/planted.h"\n', "of ports/"),
        ("device/src/planted.c", "#include <unistd.h>\n", "<unistd.h>"),
        ("ports/linux/planted.c", '#include "apps/planted.h"\n', "of apps/"),
        ("tests/unit/planted.c", '#include "../../apps/planted.h"\n', "nobody includes apps/"),
    ],
    "platform-conditionals": [
        ("core/src/planted.c", "#ifdef ESP_PLATFORM\n#endif\n", "#ifdef"),
        ("api/src/planted.c", "#if defined(__linux__)\n#endif\n", "#if"),
        ("apps/planted.c", "#ifndef NDEBUG\n#endif\n", "#ifndef"),
    ],
    "core-sources": [
        ("core/src/planted.c", function(""), "not listed"),
        ("core/core_sources.cmake", "set(VB_CORE_SOURCES\n    src/gone.c)\n", "does not exist"),
    ],
    "header-guards": [
        ("ports/linux/planted.h", header("PLANTED_H"), "VOLTBEACON_LINUX_PLANTED_H"),
        (f"{CORE_HEADERS}/planted.h", "#pragma once\n", "VOLTBEACON_PLANTED_H"),
    ],
    "one-name-once": [
        ("ports/again/planted.h", header("VOLTBEACON_PLANTED_H"), "the name stands at"),
    ],
    "own-header-first": [
        ("ports/linux/planted.c", '#include <stdio.h>\n#include "planted.h"\n', "planted.h first"),
    ],
    "line-length": [
        ("core/src/planted.c", f"/* {'x' * 95} */\n", "101 columns"),
        ("tests/unit/planted.c", f"/* {'x' * 95} */\n", "101 columns"),
        ("cmake/planted.cmake", "#" * 101, "101 columns"),
        ("dev", "#" * 101, "101 columns"),
    ],
    "function-length": [
        ("apps/planted.c", function("    ;\n" * 68), "71 lines"),
    ],
    "header-length": [
        ("api/include/voltbeacon/api/planted.h", header("VOLTBEACON_PLANTED_H", 148), "151 lines"),
        (f"{CORE_HEADERS}/receiver.h", header("VOLTBEACON_RECEIVER_H", 258), "261 lines"),
    ],
    "banned-calls": [
        ("core/src/planted.c", *calls(tidy.BANNED_IN_CORE)),
        ("pack/src/planted.c", *calls(tidy.BANNED_IN_PACK)),
        ("device/src/planted.c", *calls(tidy.BANNED_IN_DEVICE)),
        *(
            (f"{folder}/planted.c", *calls(tidy.BANNED))
            for folder in ("core/src", "api/src", "ports/linux", "apps", "tests/unit")
        ),
    ],
    "no-typedef-struct": [
        (f"{CORE_HEADERS}/planted.h", "typedef struct { int a; } planted;\n", "typedef"),
        ("apps/planted.c", "typedef enum { A } planted;\n", "typedef"),
    ],
    "no-packed": [
        ("core/src/planted.c", "struct s { int a; } __attribute__((packed));\n", "packed"),
        ("ports/linux/planted.c", "#pragma pack(1)\n", "packed"),
    ],
    "no-todo": [
        ("core/src/planted.c", "/* TO" "DO: more */\n", "unfinished"),
        ("docs/planted.md", "FIX" "ME\n", "unfinished"),
    ],
    "warnings": [
        *(
            (
                "cmake/warnings.cmake",
                "\n".join(flag for flag in tidy.WARNINGS if flag != missing),
                f"{missing} is missing",
            )
            for missing in tidy.WARNINGS
        ),
        ("apps/CMakeLists.txt", "add_compile_options(-Wno-" "vla)\n", "switched off"),
        ("apps/planted.c", "#pragma GCC " 'diagnostic ignored "-Wvla"\n', "switched off"),
    ],
    "core-purity": [
        ("core/src/planted.c", function("    abort();\n", "void abort(void);"), "calls abort()"),
        ("core/src/planted.c", "int vb_planted = 1;\n", "vb_planted is a mutable global"),
        ("core/src/planted.c", "int vb_planted;\n", "vb_planted is a mutable global"),
        (
            "core/src/planted.c",
            "int vb_planted(void);\nint vb_planted(void)\n{\n    static int calls;\n"
            "    return ++calls;\n}\n",
            "is a mutable global",
        ),
        ("core/src/planted.c", function("").replace("vb_planted", "planted"), "call it vb_planted"),
        ("core/src/planted.c", "int vb_planted(void)\n", "does not compile"),
    ],
    "docs-links": [
        ("docs/planted.md", "See [this](nowhere.md).\n", "nowhere.md"),
        ("docs/planted.md", "# Here\n[there](#there)\n", "#there"),
    ],
    "adr-numbers": [
        ("docs/adr/9999-planted.md", "# 9999 Planted\n", "number 9999"),
        ("docs/adr/0001-planted.md", "# Planted\n", "title"),
    ],
    "files-named": [
        ("core/src/planted.c", "/* See gone.h. */\n", "there is no gone.h"),
        ("docs/planted.md", "`core/src/gone.c` says how.\n", "there is no core/src/gone.c"),
    ],
    "tests-named": [
        (
            tidy.FIELD_FAULTS,
            "**1.** Gone.\n\n- `tests/unit/gone.c`: it_is\n- `tests/unit/test_bytes.c`: it_is\n"
            "- `tests/e2e/places.test.mjs`: gone\n- `tests/sim/planted/device.txt`: no bug\n\n"
            "**2.** Nobody holds it.\n\n**3.** Nor this.\n",
            "there is no tests/unit/gone.c",
            "test_bytes.c has no test",
            "places.test.mjs has no test",
            "device.txt has no test",
            "a fault without a test",
        ),
    ],
    "not-on-the-air": [
        ("tests/e2e/planted.test.mjs", "homeTest('it', (home) => home.linkPort)\n", "UDP's own"),
        ("tests/e2e/planted.test.mjs", "const hear = (home) => Stranger.open(home)\n", "UDP's own"),
        (
            tidy.NOT_ON_THE_AIR,
            '{"files": {"gone": "why", "demo": ""}, "tests": {"gone": {"it": "why"}, '
            '"smoke": {"gone": "why"}, "recordings": {"' + A_RECORDING + '": ""}}}',
            "there is no tests/e2e/gone.test.mjs",
            "demo: say why",
            'gone.test.mjs has no test "it"',
            'smoke.test.mjs has no test "gone"',
            f'recordings, "{A_RECORDING}": say why',
        ),
    ],
    "counts": [
        ("README.md", "1 bugs planted by hand, over 2 recordings\n", "says 1;", "says 2;"),
        ("docs/alarms.md", "false alarms over 13 recordings\n", "says 13;"),
    ],
    "nothing-private": [
        ("docs/planted.md", "Look into /root/" "notes.\n", "a path of one machine"),
        (
            "web/package-lock.json",
            '"resolved": "https://registry.example/a.tgz"\n',
            "a private registry",
        ),
    ],
}

# Rules that compare files with one another. All others look at each file by itself, or link what is
# there, and so do here with the planted one alone: with all for every plant it took a minute.
OF_THE_TREE = {"one-name-once", "core-sources", "counts", "adr-numbers", "not-on-the-air"}

# What planted files include; harmless by themselves.
SCENERY = {
    "api/include/json_planted.h": header("VOLTBEACON_JSON_PLANTED_H"),
    "pack/include/pack_planted.h": header("VOLTBEACON_PACK_PLANTED_H"),
    "ports/linux/planted.h": header("VOLTBEACON_LINUX_PLANTED_H"),
    "apps/planted.h": header("VOLTBEACON_APPS_PLANTED_H"),
}


def write(root, path, content):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(content, encoding="utf-8")


class Plants(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="voltbeacon-tidy-")
        cls.addClassCleanup(folder.cleanup)
        cls.root = Path(folder.name) / "tree"
        skipped = shutil.ignore_patterns(*tidy.SKIPPED_FOLDERS)
        shutil.copytree(ROOT, cls.root, ignore=skipped)
        for path, content in SCENERY.items():
            write(cls.root, path, content)
        cls.tree = tidy.Tree(cls.root)

    @contextlib.contextmanager
    def planted(self, rule, path, content):
        place = self.root / path
        original = place.read_bytes() if place.exists() else None
        write(self.root, path, content)
        try:
            yield self.tree.with_file(path, alone=rule not in OF_THE_TREE)
        finally:
            if original is None:
                place.unlink()
            else:
                place.write_bytes(original)


def plant_test(rule, plants):
    """The rule says nothing of the kind about the tree, and does once the file is planted."""

    def test(self):
        before = set(tidy.violations(self.tree, [rule]))
        for path, content, *messages in plants:
            place = "core/src" if rule == "core-purity" else path
            with self.subTest(path=path), self.planted(rule, path, content) as tree:
                added = set(tidy.violations(tree, [rule])) - before
                found = [line for line in added if line.startswith(f"{place}:")]
                for message in messages:
                    self.assertTrue(any(message in line for line in found), (message, added))

    return test


for name, rows in PLANTS.items():
    setattr(Plants, f"test_{name.replace('-', '_')}", plant_test(name, rows))


class Rules(unittest.TestCase):
    def test_no_rule_is_without_a_plant(self):
        self.assertEqual(set(tidy.RULES), set(PLANTS))

    def test_comments_and_strings_are_not_code(self):
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), "core/src/a.c", '/* strcpy(a, b) */\nchar *a = "gets(b)";\n')
            self.assertEqual(list(tidy.violations(tidy.Tree(folder), ["banned-calls"])), [])

    def test_a_vla_does_not_compile_under_the_warnings(self):
        program = "int f(int n);\nint f(int n)\n{\n    char a[n];\n    return (int)sizeof(a);\n}\n"
        command = ["cc", "-std=c11", *tidy.WARNINGS, "-fsyntax-only", "-x", "c", "-"]
        result = subprocess.run(command, input=program, capture_output=True, text=True, check=False)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("vla", result.stderr)


if __name__ == "__main__":
    unittest.main()
