#!/usr/bin/env python3
"""What core, pack, api and device take of an ESP32: size.py FOLDER [--update]

FOLDER is tests/rv32 of a build folder, where vb_rv32 is built. Prints code, constants, RAM of the
structs and buffers, and the deepest stack, beside the baseline; fails where one is more than 2 %
above it, or above its aim. --update makes what is measured the baseline.
"""
import argparse
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BASELINE = Path(__file__).with_name("size_baseline.txt")
GROWTH_MAX = 0.02
# The core without its codec was to take 48 kB; names of boots, forms of texts, what has changed,
# checksums of what is kept, places that can be left again, bounds for strangers, states that are
# checked whenever they change, and what boards tell of themselves have taken it beyond.
AIMS = {
    "code": 67 * 1024,
    "RAM: receiver, each peer": 4096,
    "RAM: pack, each transmitter": 15 * 1024,
    "pack: a reading, instructions": 200_000,
    "receiver device, 4 at 10 Hz, instructions a second": 160_000_000 // 4,  # a C3's, 25 %
    "RAM: receiver device, 1 transmitter": 50 * 1024,
    "RAM: receiver device, 2 transmitters": 75 * 1024,
    "stack: receiver device": 4096,
    "stack: transmitter device": 4096,
    "stack: API": 4096,
}


# --- code and constants, as the compiler lays them out ----------------------------------------


def core_objects(folder):
    """Of both sides and all they share; of the telemetry codec, whose size has no aim yet; and of
    the journal, which a device has only where its store writes key by key."""
    sources = (ROOT / "core/core_sources.cmake").read_text()
    modules = re.findall(r"src/(\w+)\.c", sources)
    codec = [module for module in modules if module.startswith("codec")]
    shared = [module for module in modules if module not in codec and module != "journal"]
    return [[folder / f"core/{module}.o" for module in names]
            for names in (shared, codec, ["journal"])]


def pack_objects(folder):
    sources = (ROOT / "pack/pack_sources.cmake").read_text()
    return [folder / f"pack/{module}.o" for module in re.findall(r"src/(\w+)\.c", sources)]


def device_objects(folder):
    sources = (ROOT / "device/device_sources.cmake").read_text()
    return [folder / f"device/{module}.o" for module in re.findall(r"src/(\w+)\.c", sources)]


def api_objects(folder):
    sources = (ROOT / "api/api_sources.cmake").read_text()
    topics = (ROOT / "api/src/topics.def").read_text()
    modules = re.findall(r"src/(\w+)\.c", sources) + re.findall(r", (\w+)\.c\)", topics)
    return [folder / f"api/{module}.o" for module in modules]


def firmware_objects(folder):
    parts = ("ports/esp-idf/voltbeacon", "ports/firmware", "ports/history", "ports/mqtt",
             "ports/pages")
    files = [file for part in parts for file in (ROOT / part).glob("*.c")]
    return [folder / file.parent.relative_to(ROOT) / f"{file.stem}.o" for file in files]


def section_sizes(objects):
    """Without libgcc's and the C library's part: any program has that already."""
    command = ["riscv64-unknown-elf-size", "-A", *map(str, objects)]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    sizes = Counter()
    for name, size in re.findall(r"^\.(s?rodata|text)\S* +(\d+) ", listing, re.M):
        sizes["code" if name == "text" else "constants"] += int(size)
    return dict(sizes)


def measured_sizes(folder):
    names = ("footprint", "footprint_96", "footprint_firmware_192", "footprint_firmware_96", "load")
    texts = ((folder / f"{name}.txt").read_text() for name in names)
    lines = [line for text in texts for line in text.splitlines()]
    return {name: int(size) for name, size in (line.split("=") for line in lines)}


# --- the stack, along the call graph ----------------------------------------------------------

# What libraries take is not in it: printf, and cJSON, whose depth json_input.h bounds. Nor is what
# belongs to the port: the functions behind the structs of callbacks that a device is given.

# Pointers whose functions are named by their place in a table's rows, and the table's struct.
ROWS = {"handler": "vb_route", "take": "vb_query_param", "apply": "vb_setting_row"}
# Pointers that the device ring calls into itself, by what they are called through.
OWN_TABLES = ("row", "table")


class Pointers:
    """Which functions a call through a pointer reaches, where they are the api or device ring's."""

    def __init__(self):
        self.named = defaultdict(set)  # name of the pointer -> (file, function)
        for file in (*(ROOT / "api/src").glob("*.c"), *(ROOT / "device/src").glob("*.c")):
            text = re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.S)
            found = re.findall(r"\.(\w+) = (\w+)\b", text)
            found += [("piece", name) for name in re.findall(r"\b\w+_piece\b", text)]
            for name, struct in ROWS.items():
                tables = rf"struct {struct} \w+\[\w*\] = \{{(.*?)\}};"
                words = " ".join(re.findall(tables, text, re.S))
                found += [(name, function) for function in re.findall(r"\b[a-z]\w+\b", words)]
            for name, function in found:
                self.named[name].add((f"{file.parent.parent.name}/src/{file.name}", function))

    def targets(self, file, line):
        """Those that may be called in this line of a file."""
        ring = Path(file).parent.parent.name
        for owner, name in re.findall(r"(\w+)(?:\[\w+\])?(?:->|\.)(\w+)\(", line):
            if ring == "api" or (ring == "device" and owner in OWN_TABLES):
                yield from self.named[name]


class CallGraph:
    """GCC's, of all modules; a static function bears its file's name."""

    def __init__(self, objects):
        self.frames = {}
        self.callees = defaultdict(set)
        self.through_pointers = []  # (caller, file, line)
        self.depths = {}
        for file in (object.with_suffix(".ci") for object in objects):
            self.read(file.read_text())
        self.follow_pointers()

    def read(self, text):
        node = r'^node: { title: "([^"]+)" label: "[^"]*\\n(\d+) bytes \((\w+[^)]*)\)'
        frames = {}
        for name, size, kind in re.findall(node, text, re.M):
            if kind not in ("static", "dynamic,bounded"):
                sys.exit(f"The stack of {name} has no bound; give its buffers a fixed size.")
            frames[name] = int(size)
        self.frames |= frames

        edge = r'^edge: { sourcename: "([^"]+)" targetname: "([^"]+)"(?: label: "(.*):(\d+):\d+")?'
        edges = re.findall(edge, text, re.M)
        for caller, callee, _, _ in edges:
            self.callees[caller].add(callee)
        # A store's functions are the port's, and so is their stack. Only its each() comes back, to
        # a static function of the same file that nobody calls by name.
        by_name = {callee for _, callee, _, _ in edges}
        visitors = {name for name in frames if ":" in name and name not in by_name}
        for caller, callee, file, line in edges:
            if callee != "__indirect_call":
                continue
            source = line_of(file, int(line))
            self.through_pointers.append((caller, file, source))
            if "->each(" in source:
                self.callees[caller] |= visitors

    def follow_pointers(self):
        pointers = Pointers()
        nodes = defaultdict(set)  # GCC appends .isra.0 and the like
        for node in self.frames:
            file, _, name = node.rpartition(":")
            nodes["/".join(file.split("/")[-3:]), name.split(".")[0]].add(node)
        for caller, file, source in self.through_pointers:
            for target in pointers.targets(file, source):
                self.callees[caller] |= nodes[target] | nodes["", target[1]]

    def unreached(self):
        """Static functions that nobody calls, as far as is known here: their stack is missed.
        qsort() calls those that compare."""
        reached = {name for name in self.frames if ":" not in name or ":compare_" in name}
        ahead = list(reached)
        while ahead:
            ahead = {callee for caller in ahead for callee in self.callees[caller]} - reached
            reached |= ahead
        return sorted(self.frames.keys() - reached)

    def depth(self, name, above=()):
        """(bytes, functions) of the deepest chain of calls that begins with this function."""
        if name in above:
            sys.exit(f"{name} calls itself, so its stack has no bound; use a loop.")
        if name not in self.depths:
            known = self.callees[name] & self.frames.keys()
            below = (self.depth(callee, (*above, name)) for callee in known)
            size, chain = max(below, default=(0, ()))
            self.depths[name] = size + self.frames[name], (name, *chain)
        return self.depths[name]


def line_of(file, number):
    return (ROOT / file).read_text().splitlines()[number - 1]


def declared(header, ring="core"):
    text = (ROOT / f"{ring}/include/voltbeacon/{ring}" / header).read_text()
    return set(re.findall(r"\b(vb_\w+)\(", text))


def deepest_devices(inner, device):
    """The worst chains of whole devices; and of what is the device ring's own in them."""
    for role, other in (("transmitter", "receiver"), ("receiver", "transmitter")):
        ring = [object for object in device if not object.name.startswith(other)]
        for name, part in (("", CallGraph(inner + ring)), ("'s own", CallGraph(ring))):
            functions = declared(f"{role}_device.h", "device") & part.frames.keys()
            yield f"stack: {role} device{name}", max(map(part.depth, functions))


def deepest_api(graph):
    """The worst chain of a request, of a piece of its answer, or of a pushed message."""
    functions = declared("api.h", "api") | declared("push.h", "api")
    yield "stack: API", max(map(graph.depth, functions & graph.frames.keys()))


def deepest(graph):
    """The worst chains: at the start, where a device may use its main stack, and from then on."""
    for role in ("transmitter", "receiver", "settings"):
        functions = declared(f"{role}.h") & graph.frames.keys()
        start = {f"vb_{role}_init"}
        yield f"stack: {role}, at its start", max(map(graph.depth, start))
        yield f"stack: {role}, running", max(map(graph.depth, functions - start))
    for part in ("alarms", "weak_cells"):
        functions = declared(f"{part}.h", "pack") & graph.frames.keys()
        yield f"stack: {part}", max(map(graph.depth, functions))


# --- the comparison ---------------------------------------------------------------------------


def read_baseline():
    if not BASELINE.exists():
        return {}
    rows = (line.rsplit(maxsplit=1) for line in BASELINE.read_text().splitlines()[1:])
    return {name: int(size) for name, size in rows}


def write_baseline(sizes):
    rows = "".join(f"{name:34} {size:6}\n" for name, size in sizes.items())
    head = "# Bytes, or instructions, on rv32imc, -Os. Written by ./dev size --update.\n"
    BASELINE.write_text(head + rows)


def compare(sizes, baseline):
    """Prints the table; returns what is wrong with it."""
    print(f"{'':34} {'bytes':>6} {'baseline':>9} {'change':>8} {'aim':>6}")
    for name, size in sizes.items():
        before, aim = baseline.get(name), AIMS.get(name)
        change = f"{100 * (size - before) / before:+.1f} %" if before else "new"
        print(f"{name:34} {size:6} {before or '':>9} {change:>8} {aim or '':>6}")
        if aim and size > aim:
            yield f"{name}: {size} bytes, and the aim is {aim}."
        if before is None or size > before * (1 + GROWTH_MAX):
            yield f"{name}: {size} bytes, and the baseline has {before or 'no such line'}."


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()

    objects, codec, journal = core_objects(options.folder)
    pack = pack_objects(options.folder)
    device = device_objects(options.folder)
    api = api_objects(options.folder)
    graph = CallGraph(objects + codec + journal + pack + device + api)
    unseen = [name for name in graph.unreached() if "/core/" not in name]
    if unseen:
        sys.exit(f"Who calls these is not seen here, see Pointers: {', '.join(unseen)}")
    chains = dict(deepest(CallGraph(objects + pack)))
    chains |= dict(deepest_devices(objects + codec + pack + api, device))
    chains |= dict(deepest_api(graph))
    stacks = {name: size for name, (size, _) in chains.items()}
    apart = {f"codec apart: {name}": size for name, size in section_sizes(codec).items()}
    apart |= {f"journal apart: {name}": size for name, size in section_sizes(journal).items()}
    apart |= {f"pack: {name}": size for name, size in section_sizes(pack).items()}
    apart |= {f"device: {name}": size for name, size in section_sizes(device).items()}
    apart |= {f"api: {name}": size for name, size in section_sizes(api).items()}
    firmware = section_sizes(firmware_objects(options.folder))
    apart |= {f"firmware's glue: {name}": size for name, size in firmware.items()}
    whole = {
        f"core with codec: {name}": size + section_sizes(codec)[name]
        for name, size in section_sizes(objects).items()
    }
    sizes = section_sizes(objects) | apart | whole | measured_sizes(options.folder) | stacks
    if options.update:
        write_baseline(sizes)
    faults = list(compare(sizes, read_baseline()))
    for name, (_, chain) in chains.items():
        print(f"\n{name}:")
        for function in chain:
            print(f"  {graph.frames[function]:6} {function.split(':')[-1]}")
    if faults:
        print("", *faults, "If that is meant: ./dev size --update", sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
