"""Both firmwares over ESP-IDF's own FreeRTOS, NVS, web server and MQTT client, as its target
"linux" has them: built from linux/, and put through the scenarios that the daemons meet. So is a
program that stores in NVS over flash that fails."""
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "tests/esp-idf/linux"
APPS = ROOT / "ports/esp-idf/apps"
PAGES = ROOT / "web/dist/index.html"
DAEMON = Path(os.environ.get("VOLTBEACON", ROOT / "build/voltbeacon"))
ROLES = ("receiver", "transmitter")
# One after the other: all web servers of ESP-IDF on a machine share a port to themselves.
SCENARIOS = ("firmware", "firmware_mqtt", "firmware_pages")
FAULTS = "nvs_cuts"  # a program that stores, over flash that fails
ROUNDS = 3000
TOOLS = ("cmake", "ninja", "gcc", "node")
SUBMODULES = ("mbedtls/mbedtls", "mqtt/esp-mqtt", "json/cJSON")
MODULE = "kconfgen"  # of esp-idf-kconfig, which ESP-IDF installs


def build(tree, components, source, folder, **settings):
    """The first command that failed, or the last one."""
    settings |= {"PYTHON_DEPS_CHECKED": 1, "PYTHON": sys.executable, "ESP_PLATFORM": 1}
    if components:
        settings["EXTRA_COMPONENT_DIRS"] = ";".join(map(str, components))
    configure = ["cmake", "-G", "Ninja", "-S", source, "-B", folder]
    configure += [f"-D{name}={value}" for name, value in settings.items()]
    environment = os.environ | {"IDF_PATH": str(tree), "IDF_COMPONENT_MANAGER": "0"}
    for command in (configure, ["cmake", "--build", folder]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            break
    return done


def has_library(name):
    command = ["gcc", "-shared", "-o", os.devnull, f"-l{name}"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def missing(tree, components):
    """What is needed first that is not there; None: all is."""
    names = [component.name for component in components]
    for inside, outside in (("mqtt", "mqtt"), ("json", "cjson")):
        if not (tree / "components" / inside).exists() and outside not in names:
            return f"component {outside} in that tree: name its folder, too"
    for name in SUBMODULES:
        folder = tree / "components" / name
        if folder.parent.exists() and not (folder / "CMakeLists.txt").exists():
            return f"components/{name} in that tree: git submodule update --init"
    for tool in TOOLS:
        if not shutil.which(tool):
            return tool
    if not (tree / "tools/cmake/project.cmake").exists():
        return "build system in that tree"
    if importlib.util.find_spec(MODULE) is None:
        return f"{MODULE} for Python: . {tree}/export.sh"
    if not has_library("bsd"):
        return "libbsd: install libbsd-dev"
    if not PAGES.exists() or not DAEMON.exists():
        return "build/voltbeacon, or no pages: ./dev build"
    return None


def build_program(tree, components, role, folder):
    """Its file; None, and the build's last words are printed, where it fails."""
    made = folder / f"linux-{role}"
    defaults = (APPS / "sdkconfig.defaults", PROJECT / "sdkconfig.defaults")
    done = build(
        tree, components, PROJECT, made, IDF_TARGET="linux", VB_ROLE=role,
        SDKCONFIG=f"{made}-sdkconfig", SDKCONFIG_DEFAULTS=";".join(map(str, defaults)),
    )  # fmt: skip
    if done.returncode != 0:
        print(f"fails    {role} for linux", (done.stdout + done.stderr)[-3000:], sep="\n")
        return None
    print(f"builds   {role} for linux")
    return made / f"voltbeacon-linux-{role}.elf"


def passes(name, command, environment=None):
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    passed = done.returncode == 0
    print(f"{'passes ' if passed else 'fails  '}  {name} on linux")
    if not passed:
        print((done.stdout + done.stderr)[-6000:])
    return passed


def run_scenario(name, environment):
    test = ROOT / f"tests/e2e/{name}.test.mjs"
    return passes(test.name, ["node", "--test", "--test-reporter=tap", test], environment)


def build_and_run(tree, components, folder):
    lacks = missing(tree, components)
    if lacks:
        print(f"idf-check: skipped, the programs for linux: there is no {lacks}")
        return True
    programs = {
        role: build_program(tree, components, role, folder) for role in (*ROLES, FAULTS)
    }  # fmt: skip
    if not all(programs.values()):
        return False
    environment = os.environ | {
        f"VOLTBEACON_FIRMWARE_{role.upper()}": str(programs[role]) for role in ROLES
    }
    environment |= {"VOLTBEACON": str(DAEMON), "NODE_PATH": str(ROOT / "web/node_modules")}
    faults = [programs[FAULTS], folder / "flash", str(ROUNDS), "1"]
    well = [passes(FAULTS, faults), *(run_scenario(name, environment) for name in SCENARIOS)]
    return all(well)
