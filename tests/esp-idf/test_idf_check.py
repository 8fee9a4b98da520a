#!/usr/bin/env python3
"""./dev idf-check finds where our declarations differ from ESP-IDF's, builds and runs the programs
for its target "linux", and skips what is not there.

The tree it looks at is our own headers, in which one thing at a time is changed; the build system
in it makes files of one line, and what runs the scenarios only notes what it was asked.
"""
import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
from pathlib import Path

import idf_linux

CHECK = Path(__file__).with_name("idf_check.py")
OURS = CHECK.parent / "include"
PARTS = {"MAJOR": 5, "MINOR": 5, "PATCH": 0}
SUBMODULES = ("mbedtls/mbedtls", "mqtt/esp-mqtt", "json/cJSON")
PROJECT = """
macro(project name)
    _project(${name} NONE)
    set(program ${CMAKE_BINARY_DIR}/${name}.elf)
    file(WRITE ${program} "#!/bin/sh\\ntest $2 = 3000 # "
        "${SDKCONFIG_DEFAULTS} ${EXTRA_COMPONENT_DIRS}")
    file(CHMOD ${program} PERMISSIONS OWNER_READ OWNER_EXECUTE)
endmacro()
"""
NODE = """#!/usr/bin/env python3
import json, os, sys
with open("%s", "a") as told:
    kept = {name: os.environ[name] for name in os.environ if name.startswith("VOLTBEACON")}
    print(json.dumps([sys.argv[-1], kept]), file=told)
print("what it said")
sys.exit("mqtt" in sys.argv[-1] and %d)
"""
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


class Linux(unittest.TestCase):
    """All that is needed is there; one thing at a time is taken away."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.tree = Path(self.folder.name)
        for name in SUBMODULES:
            self.make(f"components/{name}/CMakeLists.txt", "")
        self.make("tools/cmake/project.cmake", PROJECT)
        for name in ("gcc", "node"):
            self.make(name, "#!/bin/sh\n", 0o755)
        self.patch(unittest.mock.patch.object(idf_linux, "MODULE", "json"))
        self.patch(unittest.mock.patch.object(idf_linux, "PAGES", self.make("pages", "")))
        self.patch(unittest.mock.patch.object(idf_linux, "DAEMON", self.make("daemon", "")))
        path = f"{self.tree}:{os.environ['PATH']}"
        self.patch(unittest.mock.patch.dict(os.environ, {"PATH": path}))

    def patch(self, patcher):
        patcher.start()
        self.addCleanup(patcher.stop)

    def make(self, name, text, mode=0o644):
        path = self.tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def run_with(self, *components):
        said = io.StringIO()
        build = self.tree / "built"
        build.mkdir(exist_ok=True)
        with contextlib.redirect_stdout(said):
            well = idf_linux.build_and_run(self.tree, components, build)
        return well, said.getvalue()

    def assert_skips(self, why, *components):
        well, said = self.run_with(*components)
        self.assertTrue(well, said)
        self.assertRegex(said, f"^idf-check: skipped, the programs for linux: there is no {why}\n$")

    def scenarios(self, fails):
        told = self.tree / "told"
        self.make("node", NODE % (told, fails), 0o755)
        well, said = self.run_with()
        return well, said, [json.loads(line) for line in told.read_text().splitlines()]

    def test_both_are_built_and_meet_every_scenario(self):
        well, said, told = self.scenarios(fails=0)
        self.assertTrue(well, said)
        self.assertEqual(said.count("builds   "), 3)
        self.assertEqual(said.count("passes   "), 1 + len(idf_linux.SCENARIOS))
        for (test, environment), name in zip(told, idf_linux.SCENARIOS, strict=True):
            self.assertTrue(Path(test).exists() and test.endswith(f"/{name}.test.mjs"), test)
            self.assertEqual(environment["VOLTBEACON"], str(self.tree / "daemon"))
            for role in idf_linux.ROLES:
                program = Path(environment[f"VOLTBEACON_FIRMWARE_{role.upper()}"])
                self.assertEqual(program.name, f"voltbeacon-linux-{role}.elf")
                built_of = program.read_text()
                self.assertIn("apps/sdkconfig.defaults", built_of)
                self.assertIn("ports/esp-idf/voltbeacon", built_of)

    def test_a_scenario_that_fails_is_a_failure_and_the_others_run(self):
        well, said, told = self.scenarios(fails=1)
        self.assertFalse(well)
        self.assertEqual(len(told), len(idf_linux.SCENARIOS))
        self.assertIn("fails    firmware_mqtt.test.mjs on linux\nwhat it said\n", said)

    def test_stored_content_that_is_lost_is_a_failure(self):
        with unittest.mock.patch.object(idf_linux, "ROUNDS", 1):
            well, said, _ = self.scenarios(fails=0)
        self.assertFalse(well)
        self.assertIn("fails    nvs_cuts on linux\n", said)

    def test_a_build_that_fails_is_a_failure(self):
        self.make("tools/cmake/project.cmake", 'message(FATAL_ERROR "no such thing")')
        well, said = self.run_with()
        self.assertFalse(well)
        self.assertIn("fails    receiver for linux\n", said)
        self.assertIn("no such thing", said)

    def test_a_tree_without_submodules(self):
        (self.tree / "components/mqtt/esp-mqtt/CMakeLists.txt").unlink()
        self.assert_skips("components/mqtt/esp-mqtt in that tree: .*")

    def test_components_that_esp_idf_has_no_longer(self):
        for name in ("mqtt", "json"):
            shutil.rmtree(self.tree / "components" / name)
        self.assert_skips("component mqtt in that tree: .*")
        mqtt, cjson = self.tree / "mqtt", self.tree / "cjson"
        self.assert_skips("component cjson in that tree: .*", mqtt)
        self.make("node", "#!/bin/sh\n", 0o755)
        well, said = self.run_with(mqtt, cjson)
        self.assertTrue(well, said)
        program = self.tree / "built/linux-receiver/voltbeacon-linux-receiver.elf"
        self.assertIn(f"{mqtt};{cjson};", program.read_text())

    def test_what_else_is_needed(self):
        for name in ("MODULE", "PAGES", "DAEMON"):
            missing = "no_such_module" if name == "MODULE" else self.tree / "none"
            with unittest.mock.patch.object(idf_linux, name, missing):
                self.assert_skips(".+")
        self.make("gcc", "#!/bin/sh\nexit 1\n", 0o755)
        self.assert_skips("libbsd: .*")
        with unittest.mock.patch.object(idf_linux, "TOOLS", ("no-such-tool",)):
            self.assert_skips("no-such-tool")


if __name__ == "__main__":
    sys.exit(unittest.main())
