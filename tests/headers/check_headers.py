#!/usr/bin/env python3
"""Every public header compiles alone, as C11 and as C++17, and declares what C++ can link.

Each of core/, pack/, api/ and device/ is compiled by itself with warnings as errors, in both
languages; then a C++ program that names every function and variable of all of them must ask the
linker for their plain C names. Prints a row for each fault and, as its last line, "N headers".
"""
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RINGS = ("core", "pack", "api", "device")
FRAGMENTS = {"schema_expand.h"}  # meant to be included many times, with macros of its includer's
LANGUAGES = (("c", "-std=c11"), ("c++", "-std=c++17"))
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wundef", "-Werror")
INCLUDES = [f"-I{ROOT / ring / 'include'}" for ring in RINGS] + [f"-I{ROOT / 'core/schema'}"]


def headers():
    paths = (path for ring in RINGS for path in (ROOT / ring / "include").rglob("*.h"))
    return sorted(path for path in paths if path.name not in FRAGMENTS)


def compile_text(text, language, standard, *options):
    command = ["clang-14", "-x", language, standard, *WARNINGS, *INCLUDES, *options, "-"]
    done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
    return done.stderr if done.returncode != 0 else ""


def include_of(path):
    return f'#include "{path.relative_to(ROOT / path.relative_to(ROOT).parts[0] / "include")}"\n'


def declared(path):
    """The functions and variables that have a linkage."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    text = re.sub(r"^#(?:.*\\\n)*.*$", "", text, flags=re.M)
    text = re.sub(r"\bstatic inline[^{;]*\{.*?^\}", "", text, flags=re.S | re.M)
    text = re.sub(r"\{[^{}]*\}", "{}", re.sub(r"\{[^{}]*\}", "{}", text))  # structs' own members
    yield from re.findall(r"^(?!typedef|static)\w[^;{}()=]*?\b(vb_\w+)\(", text, re.M)
    yield from re.findall(r"^extern [^;]*?\b(vb_\w+)(?:\[\])?;", text, re.M)


def linkage_faults(paths):
    names = sorted({name for path in paths for name in declared(path)})
    uses = "".join(f"(const void *)&{name},\n" for name in names)
    text = "".join(map(include_of, paths)) + f"extern const void *const table[] = {{\n{uses}}};\n"
    with tempfile.NamedTemporaryFile(suffix=".o") as target:
        relaxed = ("-Wno-error", "-w", "-c", "-o", target.name)
        error = compile_text(text, "c++", "-std=c++17", *relaxed)
        if error:
            yield error
            return
        listing = subprocess.run(
            ["nm", "-u", target.name], check=True, capture_output=True, text=True
        ).stdout
    asked = set(re.findall(r"U (\S+)", listing))
    yield from (f"{name} is not extern \"C\"" for name in names if name not in asked)


def main():
    paths = headers()
    jobs = [(path, *language) for path in paths for language in LANGUAGES]
    with ThreadPoolExecutor(2) as pool:
        errors = pool.map(
            lambda job: compile_text(include_of(job[0]), job[1], job[2], "-fsyntax-only"), jobs
        )
        faults = [
            f"{path.relative_to(ROOT)} as {standard.removeprefix('-std=')}:\n{error}"
            for (path, _, standard), error in zip(jobs, errors)
            if error
        ]
    faults += linkage_faults(paths)
    print(*faults, f"{len(paths)} headers", sep="\n")
    return 1 if faults or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
