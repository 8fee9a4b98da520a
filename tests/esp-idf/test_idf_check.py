#!/usr/bin/env python3
"""./dev idf-check finds where our declarations differ from ESP-IDF's, and skips without any.

The tree it looks at is our own headers, in which one thing at a time is changed.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
from pathlib import Path

CHECK = Path(__file__).with_name("idf_check.py")
OURS = CHECK.parent / "include"
PARTS = {"MAJOR": 5, "MINOR": 5, "PATCH": 0}
VERSION = "".join(f"set(IDF_VERSION_{part} {number})\n" for part, number in PARTS.items())


def check(*args):
    done = subprocess.run(
        [sys.executable, "-B", CHECK, *args], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


class Check(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.tree = Path(self.folder.name)
        self.headers = self.tree / "components/nvs_flash/include"
        shutil.copytree(OURS, self.headers)
        (self.tree / "tools/cmake").mkdir(parents=True)
        (self.tree / "tools/cmake/version.cmake").write_text(VERSION)

    def tearDown(self):
        self.folder.cleanup()

    def change(self, header, old, new):
        path = self.headers / header
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new))

    def assert_differs(self, header, old, new):
        self.change(header, old, new)
        code, said = check(self.tree)
        self.assertEqual(code, 1, said)
        self.assertIn(f"differs  tests/esp-idf/include/{header}\n", said)

    def test_what_is_the_same_agrees(self):
        code, said = check(self.tree)
        self.assertEqual(code, 0, said)
        self.assertRegex(said, r"ESP-IDF 5\.5\.0: \d+ files, 0 of which differ")

    def test_another_number_of_an_error(self):
        self.assert_differs("esp_now.h", "ESP_ERR_ESPNOW_BASE + 4", "ESP_ERR_ESPNOW_BASE + 8")

    def test_another_place_in_an_enum(self):
        self.assert_differs("esp_now.h", "{ ESP_NOW_SEND_", "{ ESP_NOW_NEW, ESP_NOW_SEND_")

    def test_another_parameter_of_a_call(self):
        self.assert_differs("nvs.h", "nvs_commit(nvs_handle_t", "nvs_commit(nvs_handle_t *")

    def test_another_result_of_a_call(self):
        self.assert_differs("esp_timer.h", "int64_t esp_timer", "uint32_t esp_timer")

    def test_another_name_of_a_member(self):
        self.assert_differs("esp_partition.h", "erase_size;", "sector_size;")

    def test_a_call_that_is_gone_from_the_glue_s_side(self):
        self.change("esp_random.h", "uint32_t esp_random(void);", "")
        code, said = check(self.tree)
        self.assertEqual(code, 1, said)
        self.assertIn("differs  ports/esp-idf/voltbeacon/receiver_node.c\n", said)

    def build_with(self, size):
        """What is said where ESP-IDF's build makes images of that many bytes; None: it fails."""
        image = '"${CMAKE_BINARY_DIR}/${name}.bin"'
        made = f"string(REPEAT x {size} bytes)\nfile(WRITE {image} ${{bytes}})"
        failed = 'message(FATAL_ERROR "no")'
        (self.tree / "tools/cmake/project.cmake").write_text(
            "macro(project name)\n_project(${name} NONE)\n"
            f"{failed if size is None else made}\nendmacro()\n"
        )
        compiler = self.tree / "riscv32-esp-elf-gcc"
        compiler.write_text("#!/bin/sh\n")
        compiler.chmod(0o755)
        path = f"{self.tree}:{os.environ['PATH']}"
        with unittest.mock.patch.dict(os.environ, {"PATH": path}):
            return check(self.tree)

    def test_apps_that_fit_their_slot(self):
        code, said = self.build_with(1000)
        self.assertEqual(code, 0, said)
        for role in ("receiver", "transmitter"):
            self.assertIn(f"builds   the {role}: 1000 bytes of 1572864\n", said)

    def test_apps_that_do_not_fit(self):
        code, said = self.build_with(0x180001)
        self.assertEqual(code, 1, said)

    def test_apps_that_are_not_built(self):
        code, said = self.build_with(None)
        self.assertEqual(code, 1, said)
        self.assertIn("fails    the receiver\n", said)

    def test_without_a_tree_it_is_skipped(self):
        for args in ((), ("/nowhere",)):
            code, said = check(*args)
            self.assertEqual(code, 0)
            self.assertRegex(said, "^idf-check: skipped, .+\n$")


if __name__ == "__main__":
    sys.exit(unittest.main())
