#!/usr/bin/env python3
"""Writes espnow_vectors.txt: make_espnow_vectors.py [--check]

Lines as in vectors.txt, which make_vectors.py describes. Kinds: `espnow` and `espnow_fcs`, a frame
without and with its FCS, decoded and built again unless `only_read`; `radiotap`, a header.
"""
import struct
import sys
from pathlib import Path

import espnow
from make_vectors import line_of, write_or_check

VECTORS = Path(__file__).with_name("espnow_vectors.txt")
BROADCAST = b"\xff" * 6
ESP8266, ESP32 = bytes.fromhex("cc50e35d6a90"), bytes.fromhex("a0f26285a87c")

# An ESP8266's broadcast with its FCS, and a frame of a stack that marks short ones as version 2.
CAPTURED_V1 = bytes.fromhex(
    "d0000000ffffffffffffcc50e35d6a90ffffffffffff20bd7f18fe3425b72963"
    "dd0d18fe340401743d332e3638380042ab82ee"
)
CAPTURED_V2 = bytes.fromhex(
    "d0000000ffffffffffffa0f26285a87cffffffffffff00007f18fe34e2b3830d"
    "dd1618fe340402504c01016285a87c000000000100000000"
)


def pattern(size):
    return bytes((7 * index + index // 250) & 255 for index in range(size))


def frame_of(**changes):
    frame = {
        "dst": BROADCAST, "src": ESP32, "addr3": BROADCAST, "duration": 0, "sequence": 1,
        "fragment": 0, "retry": False, "random": 0x0D83B3E2, "version": 2, "body": b"",
    }  # fmt: skip
    return frame | changes


def vector(name, data, with_fcs, **more):
    kind = "espnow_fcs" if with_fcs else "espnow"
    try:
        fields = espnow.decode(data, with_fcs)
    except espnow.Refused as refused:
        fields = {"refused": refused.reason}
    if "refused" not in fields and not more:
        again = {key: fields[key] for key in frame_of()}
        assert espnow.encode(again, with_fcs) == data, f"{name} is not built again"
    return name, kind, data, fields | more


def captured():
    yield vector("esp8266", CAPTURED_V1, True)
    yield vector("esp8266", CAPTURED_V1[:-4], False)
    yield vector("esp8266_fcs_not_told", CAPTURED_V1, False, only_read=True)
    yield vector("esp32_version_2", CAPTURED_V2, False)


def built():
    for size in (0, 1, 14, 249, 250):
        for version in (1, 2):
            frame = frame_of(version=version, body=pattern(size), sequence=size)
            yield vector(f"v{version}_{size}", espnow.encode(frame, size % 2 == 0), size % 2 == 0)
    for size in (251, 500, 501, 750, 1000, 1250, 1251, 1470):
        frame = frame_of(body=pattern(size), sequence=size)
        yield vector(f"v2_{size}", espnow.encode(frame, size % 2 == 0), size % 2 == 0)
    unusual = frame_of(dst=ESP8266, addr3=ESP32, duration=60, sequence=4095, fragment=15,
                       retry=True, random=0xFFFFFFFF, version=1, body=b"x")
    yield vector("retry_last_sequence", espnow.encode(unusual, True), True)


def others_way():
    head = CAPTURED_V2[:32]
    more = espnow.MORE
    parts = [espnow.element(2 | more, b"abc"), espnow.element(2 | more, b""),
             espnow.element(2, b"de")]
    yield vector("short_elements", head + b"".join(parts), False, only_read=True)
    parts = [espnow.element(1 | more, pattern(250)), espnow.element(1, b"end")]
    yield vector("v1_of_two_elements", head + b"".join(parts), False, only_read=True)
    data = head + espnow.element(0xE2, b"reserved bits")
    yield vector("reserved_bits", data, False, only_read=True)
    decrypted = bytearray(CAPTURED_V1[:-4])
    decrypted[1] = espnow.PROTECTED
    yield vector("decrypted", bytes(decrypted), False, only_read=True)
    yield vector("padded", CAPTURED_V2 + b"\0\0\0", False, only_read=True)


def refused():
    head, whole = CAPTURED_V2[:32], CAPTURED_V1[:-4]
    for at, value, name in (
        (0, 0x80, "beacon"), (0, 0xE0, "action_no_ack"), (24, 4, "public_action"),
        (25, 0, "other_vendor"), (32, 0xDC, "other_element"), (34, 0, "other_vendors_element"),
        (37, 5, "other_type"), (33, 4, "length_4"), (33, 0, "length_0"), (33, 14, "length_beyond"),
        (38, 0, "version_0"), (38, 3, "version_3"), (38, 0x11, "more_and_no_more"),
    ):  # fmt: skip
        changed = bytearray(whole)
        changed[at] = value
        yield vector(name, bytes(changed), False)
        changed += CAPTURED_V1[-4:]
        yield vector(name, bytes(changed), True)
    for size in range(len(CAPTURED_V1)):
        yield vector(f"cut_to_{size}", CAPTURED_V1[:size], True)
    for size in range(len(whole)):
        yield vector(f"cut_to_{size}", whole[:size], False)
    parts = [espnow.element(2 | espnow.MORE, b"a")] * 6
    yield vector("seven_elements", head + b"".join([*parts, espnow.element(2, b"b")]), False)
    parts = [espnow.element(2 | espnow.MORE, pattern(250))] * 5
    yield vector("bytes_1471", head + b"".join([*parts, espnow.element(2, pattern(221))]), False)
    encrypted = bytearray(whole[:24] + bytes.fromhex("0100002000000000") + pattern(30))
    encrypted[1] = espnow.PROTECTED
    yield vector("encrypted", bytes(encrypted), False)


def u16(value):
    return struct.pack("<H", value)


def dbm(value):
    return struct.pack("<b", value)


def radiotap():
    channel, chain = u16(2437) + u16(0x00A0), {5: dbm(-71), 11: b"\0"}
    one = {1: b"\x10", 2: b"\x0c", 3: channel, 5: dbm(-43), 11: b"\0", 14: u16(0)}
    two = {0: bytes(8), 1: b"\x50", 2: b"\x02", 3: channel, 5: dbm(-70), 14: u16(0)}
    later = {1: b"\0", 3: channel, 5: dbm(-1), 19: bytes(3), 20: bytes(8), 22: bytes(12)}
    for name, words, fields in (
        ("nothing", [{}], {}),
        ("rate_and_signal", [{2: b"\x02", 5: dbm(-60)}], {"rate": 2, "signal": -60}),
        ("one_chain", [one], {"fcs": 1, "rate": 12, "mhz": 2437, "signal": -43}),
        ("two_chains", [two, chain, chain],
         {"fcs": 1, "bad": 1, "rate": 2, "mhz": 2437, "signal": -70}),
        ("ht_and_timestamp", [later, chain], {"mhz": 2437, "signal": -1}),
        ("sent", [{2: b"\x02", 15: u16(0x18)}], {"sent": 1, "rate": 2}),
    ):  # fmt: skip
        yield name, "radiotap", espnow.radiotap_header(*words), fields
    for number in (4, *range(6, 15), *range(16, 28)):
        size, _ = espnow.FIELDS[number]
        words = {1: b"\x10", number: b"\x10" * size}, {5: dbm(-9)}
        header = espnow.radiotap_header(*words)
        yield f"behind_field_{number}", "radiotap", header, {"fcs": 1, "signal": -9}


def vectors_text():
    lines = ["# Written by make_espnow_vectors.py, which also says how to read it."]
    seen = set()
    for group in (captured, built, others_way, refused, radiotap):
        lines.append("")
        for name, kind, data, fields in group():
            assert (name, kind) not in seen, f"{kind} {name} is there twice"
            seen.add((name, kind))
            lines.append(line_of(name, kind, data, fields))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(write_or_check(VECTORS, vectors_text()))
