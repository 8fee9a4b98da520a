#!/usr/bin/env python3
"""The library for Arduino is the product: test_arduino.py SIMULATOR VOLTBEACON

What `./dev amalgamate` makes compiles with warnings as errors, plays the same simulated seeds as
the rings do (SIMULATOR is made of those), and its examples run over the Arduino core of include/
and the stand-ins for ESP-IDF: the Transmitter sends what it should, the Receiver meets the
transmitter of VOLTBEACON, and each keeps what it has over a restart.
"""
import json
import re
import subprocess
import sys
import tempfile
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
IDF = ROOT / "tests/esp-idf"
SIMULATOR, VOLTBEACON = sys.argv.pop(1), sys.argv.pop(1)
SEEDS = "1..5"
PATIENCE_S = 60
ADDRESS, EVERYBODY = bytes([2, 0, 0, 0, 0, 1]), bytes([255] * 6)
BEACON, READING = 1, 7
ANSWER = re.compile(r"^(\d{3}) \[(.*?)\] (.*)$")
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


def is_verified(answer):
    return any(each["sync"] == "verified" for each in answer["transmitters"])


class Running:
    """A program that runs while it is needed, and is asked by a line."""

    def __init__(self, *command):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(list(map(str, command)), **pipes)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=PATIENCE_S)

    def ask(self, request):
        """(status, etag, body)"""
        print(request, file=self.process.stdin, flush=True)
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise AssertionError(f"{request}: it has ended")
            told = ANSWER.match(line)
            if told:
                return int(told[1]), told[2], told[3]

    def get(self, path):
        status, _, body = self.ask(f"GET {path}")
        if status != 200:
            raise AssertionError(f"GET {path}: {status} {body}")
        return json.loads(body)

    def until(self, path, holds):
        """What is there once it holds."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            answer = self.get(path)
            if holds(answer):
                return answer
            time.sleep(0.05)
        raise AssertionError(f"{path} after {PATIENCE_S} s: {answer}")


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
        host = [*rings, f"-I{ROOT / 'ports'}"]
        for path in sorted((IDF / "host").glob("*.c")):
            if path.stem in ("host_http", "host_websocket"):
                continue  # the web server is not in the library
            yield f"host {path.stem}", path, *idf, f"-I{IDF / 'host'}", *host
        for path in sorted([*ROOT.glob("tests/sim/*.c"), *ROOT.glob("tests/world/*.c")]):
            yield f"sim {path.stem}", path, *rings, f"-I{ROOT / 'tests'}"
        for name in ("Transmitter", "Receiver"):
            yield name, cls.library / f"examples/{name}/{name}.ino", *cpp
        runs = ("-x", "c++", "-std=c++17", *WARNINGS, f"-I{HERE / 'include'}", *idf, *rings)
        runs += ("-include", cls.folder / "linkage.h")
        for path in sorted(HERE.glob("*.cpp")):
            yield path.stem, path, *(cpp if path.stem == "read_old_settings" else runs)

    @classmethod
    def compile(cls, name, source, *options):
        target = cls.folder / f"{name.replace(' ', '_')}.o"
        language = () if "-x" in options else ("-std=c11", "-D_GNU_SOURCE")
        run("clang-14", *language, *options, "-c", source, "-o", target)
        return name, target

    def link(self, target, *kinds):
        objects = [self.objects[name] for name in self.objects if name.startswith(kinds)]
        libraries = ("-lcjson", "-lmosquitto", "-lm", "-pthread")
        run("clang++-14", *objects, *libraries, "-o", self.folder / target)
        return self.folder / target

    def transmit(self, seconds):
        parts = ("Transmitter", "run_transmitter", "board", "rings", "glue", "host")
        program = self.link("Transmitter.program", *parts)
        return run(program, self.folder / "transmitter.nvs", self.folder / "air", seconds)

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
        self.transmit(3)
        first = self.heard()
        self.transmit(3)
        second = self.heard()
        beacons = [each[BEACON][0] for each in (first, second)]
        before, after = (voltbeacon.decode_beacon(each["payload"]) for each in beacons)
        self.assertEqual(before["store_id"], after["store_id"])
        self.assertNotEqual(before["store_id"], 0)
        self.assertEqual(beacons[1]["epoch"], beacons[0]["epoch"] + 1)
        for each in (first, second):
            self.assertGreaterEqual(len(each[READING]), 2)

    def receiver(self, pipe):
        parts = ("Receiver", "run_receiver", "web_server", "board", "rings", "glue", "host")
        return Running(self.link("Receiver.program", *parts), self.folder / "receiver.nvs", pipe)

    def transmitter(self, pipe):
        """Of the daemon, on the other end of the pipe."""
        data, link = self.folder / "transmitter", f"pipe:{pipe}"
        return Running(VOLTBEACON, "transmitter", "--data", data, "--link", link, "--source", "sim")

    def test_the_receiver_meets_a_transmitter_on_linux_and_keeps_what_it_has(self):
        pipe = self.folder / "pipe"
        with self.receiver(pipe) as receiver:
            self.assertEqual(receiver.get("/api/v1/transmitters"), {"transmitters": []})
            with self.transmitter(pipe):
                held = receiver.until("/api/v1/transmitters", is_verified)["transmitters"][0]
                of_it = f"/api/v1/transmitters/{held['mac']}"
                cells = receiver.until(f"{of_it}/cells", lambda answer: answer["available"])
                self.assertEqual(len(cells["cells"]), 96)
                etag = receiver.ask(f"GET {of_it}/sections/mqtt")[1]
                told = receiver.ask(f'PATCH {of_it}/sections/mqtt {etag} {{"port": 8883}}')
                self.assertEqual(told[0], 202)
                edit = f"{of_it}/edits/{json.loads(told[2])['id']}"
                receiver.until(edit, lambda answer: answer["state"] == "confirmed")
            etag = receiver.ask("GET /api/v1/receiver")[1]
            change = '{"receiver": {"device_name": "Kitchen"}}'
            self.assertEqual(receiver.ask(f"PATCH /api/v1/receiver {etag} {change}")[0], 200)
            self.assertIn("<!doctype html>", receiver.ask("GET /")[2])
            self.assertEqual(receiver.ask("GET /nowhere")[0], 404)
            events = receiver.get("/api/v1/events?limit=1")
            self.assertEqual(len(events["events"]), 1)
            receiver.until("/api/v1/receiver", lambda answer: answer["store"]["saved"])
        with self.receiver(pipe) as receiver:
            self.assertEqual(receiver.get(f"{of_it}/sections/mqtt")["values"]["port"], 8883)
            self.assertEqual(receiver.get("/api/v1/receiver")["name"], "Kitchen")

    def test_what_an_older_receiver_has_kept_by_preferences_is_read(self):
        parts = ("read_old_settings", "rings", "glue", "host")
        told = run(self.link("read_old_settings.program", *parts)).replace("old settings, ", "")
        self.assertEqual(
            told.splitlines(),
            [
                "mqtt: read",
                "network: read",
                "battery: there are none",
                "metadata: read",
                "mqtt: mqtt_port has the wrong type",
                "network: net_sip is damaged in the store",
                "battery: there are none",
                "metadata: meta_dev is too long",
            ],
        )

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
