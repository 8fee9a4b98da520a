#!/usr/bin/env python3
"""The same seeds make the same log on every machine: the simulator is built by gcc -O3 and clang
-O0 (where $VB_LOGS is "all" by gcc -O0 and clang -O3, too) and run beside the one for rv32; all of
what they print has to be the same.

    same_log.py [QEMU OPTION... PROGRAM]      runs the rv32 one; its arguments go into the option
                                              -semihosting-config

Whatever compiler is not there is left out and named. The last line printed is "N passed, N failed".
"""
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEEDS = "1..8"
SOURCES = ("core/src/*.c", "pack/src/*.c", "device/src/*.c", "tests/world/*.c", "tests/sim/*.c")
# Of the API what a device asks for itself; what that would ask for falls away.
SOURCES += tuple(
    f"api/src/{name}.c"
    for name in ("calendar", "json_time", "json_writer", "occurrence", "push", "reading_json")
)
INCLUDES = ("core/include", "core/schema", "pack/include", "api/include", "device/include", "tests")
KINDS = [("gcc", "-O3"), ("clang-14", "-O0")]
if os.environ.get("VB_LOGS") == "all":
    KINDS += [("gcc", "-O0"), ("clang-14", "-O3")]
WORKERS = 2


def build(folder, compiler, level):
    """The program, built so."""
    target = Path(folder) / f"{compiler}{level}"
    sources = [str(path) for pattern in SOURCES for path in sorted(ROOT.glob(pattern))]
    includes = [f"-I{ROOT / include}" for include in INCLUDES]
    command = [compiler, level, "-std=c11", "-D_GNU_SOURCE", "-ffunction-sections"]
    command += ["-fdata-sections", *includes, *sources, "-o", str(target)]
    command += ["-Wl,--gc-sections", "-lm"]
    subprocess.run(command, check=True)
    return target


def log_of(command):
    """What it prints; QEMU prints it to its standard error."""
    ended = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return ended.stdout + ("" if ended.returncode == 0 else f"\nended with {ended.returncode}")


def main():
    rv32 = sys.argv[1:]
    kinds = [kind for kind in KINDS if shutil.which(kind[0])]
    missing = sorted({compiler for compiler, _ in set(KINDS) - set(kinds)})
    with tempfile.TemporaryDirectory(prefix="voltbeacon-log-") as folder:
        with ThreadPoolExecutor(WORKERS) as pool:
            programs = list(pool.map(lambda kind: build(folder, *kind), kinds))
        logs = {path.name: log_of([path, "--seeds", SEEDS]) for path in programs}
    if rv32:
        place = rv32.index("-semihosting-config") + 1
        rv32[place] += f",arg=--seeds,arg={SEEDS}"
        logs["rv32"] = log_of(rv32)
    right = next(iter(logs.values()))
    for name, log in logs.items():
        print(f"{'ok' if log == right else 'OTHER':6} {name:14} {log.splitlines()[-1]}")
    if missing:
        print(f"left out, not installed: {', '.join(missing)}")
    failed = sum(log != right or " without a violation" not in log for log in logs.values())
    failed += len(logs) < 2
    print(f"{len(logs) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
