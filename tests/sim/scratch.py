"""What planted.py and mutate.py share: the devices and their tests, compiled away from the tree.

Only what differs from the tree is compiled again. A program is run until it fails, ends or takes
too long; that is all there is to finding a bug.
"""
import os
import re
import subprocess
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORE = "core/src/*.c"
RINGS = (CORE, "pack/src/*.c", "api/src/*.c", "device/src/*.c")
WORLD = "tests/world/*.c"
# What reads recordings back, which unit tests of device/ do.
PORTS = ("ports/recordings/recording_lines.c", "ports/sources/source_error.c")
PANIC = "tests/baselines/baseline_panic.c"  # unit tests bring no panic hook of their own
# Unit tests of the sync, with a device of each kind or one alone; the quick ones first.
TESTS = sorted(
    path.stem
    for pattern in ("test_receiver*.c", "test_transmitter*.c", "test_sync*.c")
    for path in (ROOT / "tests/unit").glob(pattern)
    if not re.search(r'#include ".*(device|house)', path.read_text())  # the ring around the core
)
TESTS.sort(key=lambda name: name == "test_sync")
# Unit tests of what both kinds of device stand on; the quick ones first.
CORE_TESTS = [
    "test_airtime",
    "test_board_facts",
    "test_bytes",
    "test_cache",
    "test_compatibility",
    "test_event",
    "test_field_text",
    "test_form",
    "test_journal",
    "test_mac",
    "test_message",
    "test_reading",
    "test_schema",
    "test_section",
    "test_settings",
    "test_vectors",
    "test_frame",
    "test_codec_range",
    "test_codec_body",
    "test_codec_profile",
    "test_codec_stream",
    "test_codec",
]
PACK_TESTS = [
    "test_alarms",
    "test_alarms_balance",
    "test_alarms_doubt",
    "test_alarms_edges",
    "test_alarm_slots",
    "test_alarm",
    "test_weak_cells",
    "test_energy",
    "test_imbalance",
    "test_rollup",
]
DEVICE_TESTS = [
    "test_analysis",
    "test_black_box",
    "test_capture",
    "test_channel_search",
    "test_event_words",
    "test_receiver_console",
    "test_settings_table",
    "test_source_recorder",
    "test_start_words",
    "test_transmitter_console",
    "test_transmitter_device",
    "test_transmitter_device_seams",
    "test_transmitter_feed",
    "test_receiver_device",
    "test_receiver_device_alarms",
    "test_receiver_device_live",
    "test_receiver_device_starts",
    "test_receiver_device_settings",
    "test_receiver_device_seams",
    "test_api_routes",
    "test_api_events",
    "test_api_places",
    "test_push",
]
TEST_SECONDS_MAX = 15  # of processor time; the slowest takes 3 s
BUSY = 20  # a machine with much else to do gives a program a twentieth of its time
SEEDS_A_RUN = 50  # so that what is asked of one run is far from that limit

TOKEN = re.compile(
    r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'"""
    r"""|[A-Za-z_]\w*|\.?\d[\w.]*|->|\+\+|--|<<=?|>>=?|[-+*/%&|^=!<>]=|&&|\|\||\.\.\.|[^\s\w]""",
    re.S,
)


def tokens(text):
    """The C tokens of a text with their places; comments and white space are nothing."""
    found = (match for match in TOKEN.finditer(text))
    return [match for match in found if not match.group().startswith(("/*", "//"))]


def tests_for(source):
    """The unit tests that are asked of a source: those of its ring, the nearest first."""
    ring, name = source.split("/")[0], Path(source).stem
    own = [test for test in CORE_TESTS if test.startswith(f"test_{name.split('_')[0]}")]
    return {
        "core": list(dict.fromkeys([*own, *TESTS, *CORE_TESTS, *DEVICE_TESTS])),
        "pack": [*PACK_TESTS, *DEVICE_TESTS],
        "device": [*DEVICE_TESTS, *PACK_TESTS],
    }[ring]


class Scratch:
    """A folder of objects and programs."""

    def __init__(self, folder, *flags):
        self.folder = Path(folder)
        # What nobody set is no likely value, so that using it shows.
        self.flags = ["-std=c11", "-O1", "-w", "-ftrivial-auto-var-init=pattern", *flags]
        asked = ["pkg-config", "--cflags", "libcjson"]
        found = subprocess.run(asked, stdout=subprocess.PIPE, text=True, check=True)
        self.flags += [*found.stdout.split(), f'-DVB_SOURCE_DIR="{ROOT}"']
        self.headers = None  # where some of them are other than in the tree
        self.objects = {}
        self.compiling = threading.Lock()  # nobody links half an object

    def replace_headers(self, texts):
        """Before anything is compiled: these headers are of other text."""
        self.headers = self.folder / "headers"
        for header, text in texts.items():
            folder = (self.headers / header).parent
            folder.mkdir(parents=True, exist_ok=True)
            # A header finds those beside it first, so they have to be there.
            for beside in (ROOT / header).parent.glob("*.h"):
                if not (folder / beside.name).exists():
                    (folder / beside.name).write_text(beside.read_text())
            (folder / Path(header).name).write_text(text)

    def sources(self, *patterns):
        return [
            path.relative_to(ROOT).as_posix()
            for pattern in patterns
            for path in sorted(ROOT.glob(pattern))
        ]

    def compile(self, source, text=None, name=None):
        """The object of a source of the tree, or of other text in its place; None if it is no C."""
        target = self.folder / ((name or source).replace("/", "_") + ".o")
        includes = ["core/include", "core/schema", "pack/include", "api/include", "device/include"]
        includes += ["ports", "tests", "tests/sim", "tests/unit", "tests/fixtures"]
        roots = [ROOT] if self.headers is None else [self.headers, ROOT]
        command = ["cc", *self.flags]
        for root in roots:
            command += [f"-I{root / folder}" for folder in includes]
            command += ["-iquote", str((root / source).parent)]
        command += ["-x", "c", "-c", "-o", str(target)]
        content = (ROOT / source).read_text() if text is None else text
        run = subprocess.run(
            [*command, "-"], input=content, text=True, capture_output=True, check=False
        )
        return target if run.returncode == 0 else None

    def object(self, source):
        with self.compiling:
            if source not in self.objects:
                self.objects[source] = self.compile(source)
                if self.objects[source] is None:
                    raise SystemExit(f"{source} does not compile; build the tree first")
            return self.objects[source]

    def link(self, program, instead=None, extra=(), prefix=""):
        """A program (voltbeacon-sim or a unit test) with other objects in the place of some."""
        simulator = program == "voltbeacon-sim"
        own = self.sources("tests/sim/*.c") if simulator else [f"tests/unit/{program}.c", PANIC]
        replaced = instead or {}
        objects = [
            replaced[source] if source in replaced else self.object(source)
            for source in (*self.sources(*RINGS, WORLD, *PORTS), *own)
        ]
        target = self.folder / f"{prefix}{program}"
        libraries = ["-lcjson", "-lm"] + ([] if simulator else ["-lcmocka"])
        command = ["cc", *self.flags, *objects, *extra, "-o", target, *libraries]
        subprocess.run(list(map(str, command)), check=True)
        return target


def run(command, environment=None, seconds=TEST_SECONDS_MAX):
    """What a program says, and how it ended: 0 well, None too late."""
    limited = ["sh", "-c", f"ulimit -t {seconds}; ulimit -c 0; exec \"$@\"", "sh", *command]
    try:
        ended = subprocess.run(
            list(map(str, limited)),
            env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            errors="replace",
            text=True,
            check=False,
            timeout=BUSY * seconds,
        )
    except subprocess.TimeoutExpired:
        return "", None
    return ended.stdout, ended.returncode


def fails(command, environment=None):
    """Whether the program ends badly, or not at all; not that the machine is too busy to tell."""
    return run(command, environment)[1] not in (0, None)


def failing_seed(program, first, last, environment=None):
    """The first seed on which the simulator fails, alone as in a row with others; None where none
    does. It may die without a word: then each seed of the row is tried."""
    for begin in range(first, last + 1, SEEDS_A_RUN):
        end = min(begin + SEEDS_A_RUN - 1, last)
        output, code = run([program, "--seeds", f"{begin}..{end}"], environment)
        told = re.search(r"^seed (\d+) FAILED", output, re.M)
        seeds = [int(told.group(1))] if told else range(begin, end + 1)
        for seed in seeds if code != 0 else []:
            if fails([program, "--seed", str(seed)], environment):
                return seed
    return None


def failing_tests(output):
    """The tests that failed, of a cmocka program's output, and the one in which it died."""
    names = re.findall(r"^\[  FAILED  \] (\w+)$", output, re.M)
    begun = re.findall(r"^\[ RUN      \] (\w+)$", output, re.M)
    ended = re.findall(r"^\[       OK \] (\w+)$", output, re.M)
    if begun and begun[-1] not in ended:
        names.append(begun[-1])
    return list(dict.fromkeys(names))
