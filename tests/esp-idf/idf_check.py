#!/usr/bin/env python3
"""What we say of ESP-IDF, against ESP-IDF itself: idf_check.py DIR [COMPONENT...], a source tree of
5.5 or 6, and the folders of components that are not in it: from 6.0 on those of esp-mqtt and cJSON,
named mqtt and cjson.

Compiles the glue against the real headers, for an ESP32-C3, and then our own declarations of the
calls it makes: the real header first, what we declare after it, so that the compiler finds where
they differ. Where Espressif's toolchain is there, too, both apps are built. Then both firmwares are
built as programs of this machine, over what of ESP-IDF runs there, and run: idf_linux.py. What is
not there is said, and is no failure.
"""
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import idf_linux

ROOT = Path(__file__).resolve().parents[2]
OURS = ROOT / "tests/esp-idf/include"
GLUE = ROOT / "ports/esp-idf/voltbeacon"
TARGET = "esp32c3"
COMPILER = "riscv64-unknown-elf-gcc"
APPS = ROOT / "ports/esp-idf/apps"
ROLES = ("receiver", "transmitter")
APP_COMPILER = "riscv32-esp-elf-gcc"
IMAGE_BYTES_MAX = 0x180000  # a slot of apps/partitions.csv
FLAGS = """--specs=picolibc.specs -march=rv32imc_zicsr_zifencei -mabi=ilp32 -std=gnu17 -D_GNU_SOURCE
    -DESP_PLATFORM -fsyntax-only -Wall -Wextra -Werror""".split()
RINGS = ("core/include", "core/schema", "pack/include", "api/include", "device/include", "ports",
         "web")  # fmt: skip
# What the headers ask of a project's configuration, for such a chip.
CONFIG = {
    "IDF_TARGET": f'"{TARGET}"',
    "IDF_TARGET_ESP32C3": 1,
    "IDF_TARGET_ARCH_RISCV": 1,
    "IDF_FIRMWARE_CHIP_ID": 5,
    "APP_RETRIEVE_LEN_ELF_SHA": 9,
    "ESP_SYSTEM_SINGLE_CORE_MODE": 1,
    "FREERTOS_HZ": 1000,
    "FREERTOS_UNICORE": 1,
    "FREERTOS_NUMBER_OF_CORES": 1,
    "FREERTOS_MAX_TASK_NAME_LEN": 16,
    "FREERTOS_IDLE_TASK_STACKSIZE": 1536,
    "FREERTOS_ISR_STACKSIZE": 1536,
    "FREERTOS_TIMER_TASK_PRIORITY": 1,
    "FREERTOS_TIMER_TASK_STACK_DEPTH": 2048,
    "FREERTOS_TIMER_QUEUE_LENGTH": 10,
    "FREERTOS_TIMER_SERVICE_TASK_NAME": '"Tmr Svc"',
    "FREERTOS_QUEUE_REGISTRY_SIZE": 0,
    "FREERTOS_TASK_NOTIFICATION_ARRAY_ENTRIES": 1,
    "FREERTOS_THREAD_LOCAL_STORAGE_POINTERS": 1,
    "ETH_ENABLED": 1,
    "ETH_USE_SPI_ETHERNET": 1,
    "ETH_SPI_ETHERNET_W5500": 1,
    "ETH_USE_ESP32_EMAC": 1,  # no C3 has one, but its headers compile
    "ESP_WIFI_STATIC_RX_BUFFER_NUM": 10,
    "ESP_WIFI_DYNAMIC_RX_BUFFER_NUM": 32,
    "ESP_WIFI_DYNAMIC_RX_MGMT_BUF": 0,
    "ESP_WIFI_TX_BUFFER_TYPE": 1,
    "ESP_WIFI_ESPNOW_MAX_ENCRYPT_NUM": 7,
    "LWIP_DHCP_COARSE_TIMER_SECS": 1,
    "LWIP_IPV4": 1,
    "LWIP_SNTP_MAX_SERVERS": 1,
    "LWIP_SO_LINGER": 1,
    "LWIP_TCP_ACCEPTMBOX_SIZE": 16,
    "LWIP_TCP_OVERSIZE_MSS": 1,
    "HTTPD_MAX_REQ_HDR_LEN": 2048,
    "HTTPD_MAX_URI_LEN": 512,
    "HTTPD_WS_SUPPORT": 1,
    "HTTPD_WS_PRE_HANDSHAKE_CB_SUPPORT": 1,
    "LOG_MAXIMUM_LEVEL": 3,
    "LOG_DEFAULT_LEVEL": 3,
}
KERNEL = "freertos/FreeRTOS-Kernel"
FOLDERS = (
    "*/include", f"*/{TARGET}/include", f"*/include/{TARGET}", f"soc/{TARGET}",
    f"soc/{TARGET}/register", "http_parser", "hal/platform_port/include", "esp_wifi/include/local",
    "esp_hw_support/include/soc", "esp_hw_support/etm/include",
    "newlib/platform_include", "esp_libc/platform_include",
    "esp-tls", "mqtt/esp-mqtt/include",
    "lwip/lwip/src/include", "lwip/port/include", "lwip/port/freertos/include",
    "lwip/port/esp32xx/include", "espcoredump/include/port/riscv",
    "freertos/config/include", "freertos/config/include/freertos",
    "freertos/config/riscv/include", "freertos/esp_additions/include", f"{KERNEL}/include",
    f"{KERNEL}/portable/riscv/include", f"{KERNEL}/portable/riscv/include/freertos",
)  # fmt: skip


# --- our declarations, as C that holds them against what was declared before ----------------------


def enum_asserts(body):
    value = "-1"
    for item in body.split(","):
        name, _, given = (part.strip() for part in item.partition("="))
        value = given or f"({value}) + 1"
        yield f'_Static_assert({name} == {value}, "{name}");'


def struct_uses(body, name):
    for declaration in body.split(";"):
        member = re.search(r"(\w+)\s*(?:\[\w+\]|:\s*\d+)?\s*$", declaration)
        if member:
            bits = " + 0" if ":" in declaration else ""  # those have no size of their own
            yield f"(void)sizeof((({name} *)0)->{member.group(1)}{bits});"


def held(header):
    text = re.sub(r"/\*.*?\*/", "", (OURS / header).read_text(), flags=re.S)
    for name, value in re.findall(r"^#define (\w+) (\S.*)$", text, re.M):
        yield f'_Static_assert(({name}) == ({value}), "{name}");'
    text = re.sub(r"^#.*$", "", text, flags=re.M)
    for body, _ in re.findall(r"typedef enum ?\w* \{(.*?)\} (\w+);", text, re.S):
        yield from enum_asserts(body.strip())
    # One that holds others is held by what the glue makes of it.
    structs = re.findall(r"typedef struct \w* ?\{([^{}]*)\} (\w+);", text)
    yield f"void use_{stem_of(header)}(void); void use_{stem_of(header)}(void) {{"
    for body, name in structs:
        yield from struct_uses(body, name)
    yield "}"
    text = re.sub(r"typedef [^;{]*(\{.*?\})?[^;]*;", "", text, flags=re.S)
    for call, name in re.findall(r"(\w[^;{}]*?\b(\w+)\([^;]*\);)", text):
        yield f"#ifndef {name}\n{call}\n#endif"


def stem_of(header):
    return re.sub(r"\W", "_", header)


def own_headers():
    return sorted(path.relative_to(OURS).as_posix() for path in OURS.rglob("*.h"))


# --- the comparison ---------------------------------------------------------------------------


def skip(why):
    print(f"idf-check: skipped, {why}")
    return True


def version(tree):
    text = (tree / "tools/cmake/version.cmake").read_text()
    parts = dict(re.findall(r"set\(IDF_VERSION_(MAJOR|MINOR|PATCH) (\d+)\)", text))
    return ".".join(parts[part] for part in ("MAJOR", "MINOR", "PATCH"))


def compile_all(tree, components, folder):
    config = "".join(f"#define CONFIG_{name} {value}\n" for name, value in CONFIG.items())
    (folder / "sdkconfig.h").write_text(config)
    real = {path for pattern in FOLDERS for path in (tree / "components").glob(pattern)}
    real |= {path for component in components for path in (component, component / "include")}
    include = [f"-I{folder}", *(f"-isystem{path}" for path in sorted(real))]
    include += [f"-I{ROOT / ring}" for ring in RINGS]
    jobs = {path.relative_to(ROOT).as_posix(): path for path in sorted(GLUE.glob("*.c"))}
    for header in own_headers():
        path = folder / f"{stem_of(header)}.c"
        first = "#include <freertos/FreeRTOS.h>" if header.startswith("freertos/") else ""
        path.write_text("\n".join((first, f"#include <{header}>", *held(header), "")))
        jobs[f"tests/esp-idf/include/{header}"] = path

    def one(path):
        command = [COMPILER, *FLAGS, *include, path]
        return subprocess.run(command, capture_output=True, text=True, check=False).stderr

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(jobs, pool.map(one, jobs.values())))


def compare(tree, components, folder):
    """Whether the glue and all declarations agree."""
    if not shutil.which(COMPILER):
        return skip(f"the headers: there is no {COMPILER}")
    errors = compile_all(tree, components, folder)
    for name, error in errors.items():
        print(f"{'differs' if error else 'agrees '}  {name}", error, sep="\n" if error else "")
    wrong = sum(map(bool, errors.values()))
    print(f"ESP-IDF {version(tree)}: {len(errors)} files, {wrong} of which differ")
    return wrong == 0


# --- the apps -----------------------------------------------------------------------------------


def build_app(tree, components, role, folder):
    """The image's size in bytes; None, and the build's last words are printed, where it fails."""
    build = folder / role
    done = idf_linux.build(
        tree, components, APPS / role, build, IDF_TARGET=TARGET, SDKCONFIG=f"{build}-sdkconfig"
    )
    if done.returncode != 0:
        print(f"fails    the {role}", (done.stdout + done.stderr)[-3000:], sep="\n")
        return None
    return (build / f"voltbeacon-{role}.bin").stat().st_size


def build_apps(tree, components, folder):
    missing = None if shutil.which(APP_COMPILER) else APP_COMPILER
    if not (tree / "tools/cmake/project.cmake").exists():
        missing = "build system in that tree"
    if missing:
        return skip(f"the apps: there is no {missing}")
    sizes = {role: build_app(tree, components, role, folder) for role in ROLES}
    for role, size in sizes.items():
        if size is not None:
            print(f"builds   the {role}: {size} bytes of {IMAGE_BYTES_MAX}")
    return all(size is not None and size <= IMAGE_BYTES_MAX for size in sizes.values())


def main():
    if len(sys.argv) < 2:
        return not skip("there is no ESP-IDF: name the folder of its sources")
    tree, *components = (Path(folder).resolve() for folder in sys.argv[1:])
    if not (tree / "components/nvs_flash/include/nvs.h").exists():
        return not skip(f"{tree} holds no ESP-IDF")
    parts = (compare, build_apps, idf_linux.build_and_run)
    with tempfile.TemporaryDirectory() as folder:
        return not all([part(tree, components, Path(folder)) for part in parts])


if __name__ == "__main__":
    sys.exit(main())
