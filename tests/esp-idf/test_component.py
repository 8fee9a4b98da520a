#!/usr/bin/env python3
"""ESP-IDF's build is told of every source of the rings and of the glue, and of nothing else; and
the apps' settings keep the memory of a receiver's connections bounded.

Runs the component's own CMakeLists.txt under CMake alone, with a stand-in for the one command of
ESP-IDF that it calls, and compares what that was given with the files that are there.
"""
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMPONENT = "ports/esp-idf/voltbeacon"
SETTINGS = "ports/esp-idf/apps/sdkconfig.defaults"
RINGS = ("core/src", "pack/src", "api/src", "device/src")
FOLDERS = (*RINGS, "ports/firmware", "ports/history", "ports/mqtt", "ports/pages", COMPONENT)
READINGS = [
    f"ports/sources/{name}.c"
    for name in (
        "can_decoder", "can_poll", "can_reader", "isotp", "leaf_battery",
        "model_load", "model_monitor", "model_pack", "model_source", "source_error",
    )  # fmt: skip
]
STAND_IN = """
function(idf_component_register)
    cmake_parse_arguments(PARSE_ARGV 0 told "" "" "SRCS;INCLUDE_DIRS;REQUIRES;PRIV_REQUIRES")
    foreach(source IN LISTS told_SRCS)
        message(STATUS "source ${source}")
    endforeach()
    foreach(folder IN LISTS told_INCLUDE_DIRS)
        message(STATUS "folder ${folder}")
    endforeach()
    foreach(component IN LISTS told_REQUIRES told_PRIV_REQUIRES)
        message(STATUS "component ${component}")
    endforeach()
    message(STATUS "rest ${told_UNPARSED_ARGUMENTS}")
endfunction()
set(IDF_VERSION_MAJOR %d)
set(CMAKE_CURRENT_LIST_DIR %s)
include(${CMAKE_CURRENT_LIST_DIR}/CMakeLists.txt)
"""


ETHERNET = ("ETH_ENABLED", "ETH_USE_ESP32_EMAC", "ETH_SPI_ETHERNET_W5500")


def told(*config, idf=5):
    """What the component tells ESP-IDF, of a project with that configuration: a list of each
    "source", "folder", "component", and the "rest" of its words."""
    with tempfile.NamedTemporaryFile("w", suffix=".cmake") as script:
        script.write(STAND_IN % (idf, ROOT / COMPONENT))
        script.flush()
        command = ["cmake", *(f"-DCONFIG_{name}=y" for name in config), "-P", script.name]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = [line.removeprefix("-- ").partition(" ")[::2] for line in lines.splitlines()]
    return {
        kind: [value for name, value in rows if name == kind and value]
        for kind in ("source", "folder", "component", "rest")
    }


class Component(unittest.TestCase):
    def test_every_source_is_built_and_no_other(self):
        listed = [
            Path(path).resolve().relative_to(ROOT).as_posix() for path in told(*ETHERNET)["source"]
        ]
        present = [
            path.relative_to(ROOT).as_posix()
            for folder in FOLDERS
            for path in (ROOT / folder).glob("*.c")
        ]
        self.assertEqual(sorted(listed), sorted(present + READINGS))
        self.assertGreater(len(listed), 100)

    def test_a_chip_without_ethernet_needs_nothing_of_it(self):
        def of_it(*config):
            return [Path(path).stem for path in told(*config)["source"] if "ethernet" in path]

        self.assertEqual(of_it(), [])
        self.assertEqual(of_it("ETH_ENABLED"), ["ethernet"])
        emac, w5500 = ["ethernet", "ethernet_emac"], ["ethernet", "ethernet_w5500"]
        self.assertEqual(of_it("ETH_ENABLED", "ETH_USE_ESP32_EMAC"), emac)
        self.assertEqual(of_it("ETH_ENABLED", "ETH_SPI_ETHERNET_W5500"), w5500)

    def test_the_folders_of_headers_are_there(self):
        folders = told()["folder"]
        self.assertIn(str(ROOT / "ports"), folders)
        for folder in folders:
            self.assertTrue(Path(folder).is_dir(), folder)

    def test_nothing_is_said_that_idf_would_not_understand(self):
        self.assertEqual(told()["rest"], [])

    def test_what_esp_idf_6_has_no_longer_comes_from_its_registry(self):
        before, now = (set(told(idf=idf)["component"]) for idf in (5, 6))
        self.assertEqual((before - now, now - before), ({"json"}, {"cjson"}))
        asked = (ROOT / COMPONENT / "idf_component.yml").read_text()
        self.assertEqual(re.findall(r"^  espressif/(\w+):$", asked, re.M), ["cjson", "mqtt"])
        self.assertLessEqual({"cjson", "mqtt"}, now)


class Settings(unittest.TestCase):
    """Measured on an emulated ESP32-C3: 200 bytes for each connection that has ended, 1,728 for
    each frame that the driver sends, 40 answers a second."""

    def setUp(self):
        text = (ROOT / SETTINGS).read_text()
        header = (ROOT / COMPONENT / "http_server.h").read_text()
        self.of = {name: int(n) for name, n in re.findall(r"^CONFIG_(\w+)=(\d+)$", text, re.M)}
        self.on = re.findall(r"^CONFIG_(\w+)=y$", text, re.M)
        self.connections = int(re.search(r"VB_HTTP_CONNECTIONS = (\d+)", header)[1])
        self.waiting = int(re.search(r"VB_HTTP_BACKLOG = (\d+)", header)[1])

    def test_what_connections_take_is_bounded(self):
        ended = 2 * self.of["LWIP_TCP_MSL"] / 1000 * 40 * 200
        unacknowledged = self.connections * self.of["LWIP_TCP_SND_BUF_DEFAULT"]
        driver = self.of["ESP_WIFI_DYNAMIC_TX_BUFFER_NUM"] * 1728
        self.assertLess(ended + unacknowledged + driver, 70_000)
        # Else each request that waits has one of the driver's buffers, of which there are fewer.
        self.assertIn("LWIP_L2_TO_L3_COPY", self.on)

    def test_there_is_room_for_all_connections(self):
        self.assertGreaterEqual(self.of["LWIP_MAX_SOCKETS"], self.connections + 3)
        self.assertGreaterEqual(self.of["LWIP_TCP_ACCEPTMBOX_SIZE"], self.waiting)
        self.assertGreaterEqual(self.of["LWIP_MAX_ACTIVE_TCP"], self.connections + self.waiting)


if __name__ == "__main__":
    sys.exit(unittest.main())
