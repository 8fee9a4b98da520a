#!/usr/bin/env python3
"""The library for Arduino is the product: test_arduino.py SIMULATOR

What `./dev amalgamate` makes compiles with warnings as errors, plays the same simulated seeds as
the rings do (SIMULATOR is made of those), and its example, over the Arduino core of include/ and
the stand-ins for ESP-IDF, sends what it should and keeps what it has over a restart.
"""
import json
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
IDF = ROOT / "tests/esp-idf"
SIMULATOR = sys.argv.pop(1)
SEEDS = "1..5"
ADDRESS, EVERYBODY = bytes([2, 0, 0, 0, 0, 1]), bytes([255] * 6)
BEACON, READING = 1, 7
WARNINGS = ("-Wall", "-Wextra", "-Werror")
sys.path.insert(0, str(ROOT / "tests/vectors"))
import voltbeacon  # noqa: E402  the protocol a second time

CJSON = subprocess.run(
    ["pkg-config", "--cflags", "libcjson"], check=True, capture_output=True, text=True
).stdout.split()
# ESP-IDF's own headers say this of themselves.
IDF_HEADERS = sorted(
    path.relative_to(IDF / "include").as_posix() for path in (IDF / "include").rglob("*.h")
)
LINKAGE = 'extern "C" {\n%s}\n' % "".join(f"#include <{name}>\n" for name in IDF_HEADERS)


def run(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stdout + done.stderr)[-4000:]
        raise AssertionError(f"{command[0]} ended with {done.returncode}:\n{said}")
    return done.stdout


class Library(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="voltbeacon-arduino-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = Path(temporary.name)
        cls.library = cls.folder / "Voltbeacon"
        run(sys.executable, "-B", ROOT / "tools/amalgamate.py", cls.library)
        (cls.folder / "linkage.h").write_text(LINKAGE)
        with ThreadPoolExecutor(2) as pool:
            made = pool.map(lambda each: cls.compile(*each), cls.parts())
        cls.objects = dict(made)

    @classmethod
    def parts(cls):
        """(what it makes, sources, options): objects of the library and of what runs it."""
        source = cls.library / "src"
        idf = (f"-I{IDF}", f"-I{IDF / 'include'}")
        rings = [f"-I{ROOT / ring / 'include'}" for ring in ("core", "pack", "api", "device")]
        rings.append(f"-I{ROOT / 'core/schema'}")
        cpp = ("-x", "c++", "-std=c++17", "-include", cls.folder / "linkage.h", *WARNINGS, *idf)
        cpp += (f"-I{HERE / 'include'}", f"-I{source}")
        yield "rings", source / "voltbeacon.c", *WARNINGS, "-Wno-unused-function", *CJSON
        yield "glue", source / "voltbeacon_esp32.c", *WARNINGS, "-Wpedantic", *idf
        for path in sorted((IDF / "host").glob("*.c")):
            yield f"host {path.stem}", path, *idf, f"-I{IDF / 'host'}", *rings
        for path in sorted([*ROOT.glob("tests/sim/*.c"), *ROOT.glob("tests/world/*.c")]):
            yield f"sim {path.stem}", path, *rings, f"-I{ROOT / 'tests'}"
        yield "Transmitter", cls.library / "examples/Transmitter/Transmitter.ino", *cpp
        yield "run", HERE / "run_sketch.cpp", *cpp

    @classmethod
    def compile(cls, name, source, *options):
        target = cls.folder / f"{name.replace(' ', '_')}.o"
        language = () if "-x" in options else ("-std=c11", "-D_GNU_SOURCE")
        run("clang-14", *language, *options, "-c", source, "-o", target)
        return name, target

    def link(self, target, *kinds):
        objects = [self.objects[name] for name in self.objects if name.startswith(kinds)]
        run("clang++-14", *objects, "-lcjson", "-lm", "-pthread", "-o", self.folder / target)
        return self.folder / target

    def sketch(self, name, seconds):
        program = self.link(f"{name}.program", name, "run", "rings", "glue", "host")
        return run(program, self.folder / f"{name}.nvs", self.folder / "air", seconds)

    def test_the_simulator_plays_the_same_with_it(self):
        program = self.link("simulator", "sim ", "rings")
        self.assertEqual(run(program, "--seeds", SEEDS), run(SIMULATOR, "--seeds", SEEDS))

    def heard(self):
        """What a run of the Transmitter has sent to everybody: frames by type."""
        air = (self.folder / "air").read_bytes()
        frames = {}
        while air:
            frame, air = air[1 : 1 + air[0]], air[1 + air[0] :]
            frame = voltbeacon.decode_frame(ADDRESS, EVERYBODY, frame)
            frames.setdefault(frame["type"], []).append(frame)
        return frames

    def test_the_sketch_sends_beacons_and_readings_and_keeps_its_store(self):
        self.sketch("Transmitter", 3)
        first = self.heard()
        self.sketch("Transmitter", 3)
        second = self.heard()
        beacons = [each[BEACON][0] for each in (first, second)]
        before, after = (voltbeacon.decode_beacon(each["payload"]) for each in beacons)
        self.assertEqual(before["store_id"], after["store_id"])
        self.assertNotEqual(before["store_id"], 0)
        self.assertEqual(beacons[1]["epoch"], beacons[0]["epoch"] + 1)
        for each in (first, second):
            self.assertGreaterEqual(len(each[READING]), 2)

    def test_both_managers_know_the_library(self):
        described = json.loads((self.library / "library.json").read_text())
        lines = (self.library / "library.properties").read_text().splitlines()
        properties = dict(line.split("=", 1) for line in lines)
        self.assertEqual(described["version"], properties["version"])
        self.assertRegex(properties["version"], r"^\d+\.\d+\.\d+$")
        for header in described["headers"]:
            self.assertTrue((self.library / "src" / header).is_file())
        for example in described["examples"]:
            for name in example["files"]:
                self.assertTrue((self.library / example["base"] / name).is_file())


if __name__ == "__main__":
    unittest.main(verbosity=2)
