#!/usr/bin/env python3
"""Writes vectors.txt: make_vectors.py [--check]

One vector a line: name, kind, bytes in hex ("-": none), then key=value for each field. Integers
are decimal, byte strings hex, texts percent-encoded, lists joined by commas; records, items,
reasons and sections are joined by semicolons, their parts by colons. The bytes are decoded into the
fields and encoded from them again; kinds ending in _read are only decoded. Keys that are no field:

  refused         the bytes are refused, and why; there are no fields
  valid_prefixes  the sizes at which a prefix of the bytes is valid, too; all others are truncated
"""
import argparse
import sys
from pathlib import Path
from urllib.parse import quote

import voltbeacon as vb

HERE = Path(__file__).resolve().parent
VECTORS = HERE / "vectors.txt"
SCHEMA = HERE.parents[1] / "core/schema/sections.def"

TRANSMITTER = bytes.fromhex("02566200a101")
RECEIVER = bytes.fromhex("02566200b202")
BROADCAST = b"\xff" * 6
STORE_ID = 0x5EEDF00D
BOOT = 0xB0070001
U32_MAX = vb.U32_MAX


# --- a vector as a line -----------------------------------------------------------------------

RECORD_PARTS = ("section", "index", "form", "version", "total", "fragment", "hash", "base_version",
                "base_hash")
ITEM_PARTS = ("section", "version", "hash", "part_version", "missing")


def text_of(value):
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    if isinstance(value, str):
        return quote(value, safe="")
    if isinstance(value, (list, tuple)):
        structured = value and isinstance(value[0], (dict, tuple))
        return (";" if structured else ",").join(map(text_of_item, value))
    return str(value)


def text_of_item(item):
    if isinstance(item, dict):
        parts = RECORD_PARTS if "form" in item else ITEM_PARTS
        return ":".join(text_of(item.get(part, b"" if part == "fragment" else 0)) for part in parts)
    if isinstance(item, tuple):
        return ":".join(map(text_of, item))
    return text_of(item)


def line_of(name, kind, data, fields):
    pairs = [f"{key}={text_of(value)}" for key, value in fields.items()]
    return " ".join([name, kind, data.hex() or "-", *pairs])


def refusal(decode, data):
    try:
        decode(data)
    except vb.Refused as refused:
        return refused.reason
    return None


def valid_prefixes(decode, data):
    reasons = [refusal(decode, data[:size]) for size in range(len(data))]
    assert set(reasons) <= {None, "truncated"}
    return [size for size, reason in enumerate(reasons) if reason is None]


# --- what the vectors hold --------------------------------------------------------------------


def numbers():
    yield "check", "sums", b"123456789", {"crc32": 0xCBF43926, "crc32c": 0xE3069283}
    samples = {"empty": b"", "zero": b"\0", "ones": b"\xff" * 32, "all_bytes": bytes(range(256))}
    for name, data in samples.items():
        yield name, "sums", data, {"crc32": vb.crc32(data), "crc32c": vb.crc32c(data)}

    for bits in (0, 1, 7, 8, 14, 15, 21, 22, 28, 29, 32):
        value = (1 << bits) - 1
        yield f"bits_{bits}", "varint", vb.varint(value), {"value": value}
    for bits in (7, 14, 21, 28, 31):
        yield f"power_{bits}", "varint", vb.varint(1 << bits), {"value": 1 << bits}
    refused = {
        "empty": "",
        "cut_after_1": "80",
        "cut_after_4": "ffffffff",
        "overlong_0": "8000",
        "overlong_1": "8100",
        "overlong_5": "8080808000",
        "of_33_bits": "ffffffff1f",
        "of_35_bits": "ffffffff7f",
        "of_6_bytes": "808080808001",
    }
    for name, text in refused.items():
        data = bytes.fromhex(text)
        yield name, "varint", data, {"refused": refusal(lambda d: vb.Reader(d).varint(), data)}


def versions():
    for version in (1, 2, 14, 15, 16, 29, 30, 0x7FFFFFFF, 0x80000000, U32_MAX - 1, U32_MAX):
        fields = {"next": vb.version_after(version), "mark": vb.mark(version)}
        yield f"version_{version}", "version", vb.u32(version), fields

    rooms = ((250, 4), (1470, 4), (250, 16), (250, 32), (128, 4), (128, 32), (120, 32))
    for frame_max, trailer in rooms:
        payload, fragment, section = vb.room(frame_max, trailer)
        fields = {"payload": payload, "fragment": fragment, "section": section}
        yield f"frame_{frame_max}_{trailer}", "room", vb.u16(frame_max) + vb.u8(trailer), fields

    content = b"\x01\x01\x01"
    stores = {
        "empty": [],
        "one": [(1, 1, content)],
        "one_empty": [(1, 1, b"")],
        "another_version": [(1, 2, content)],
        "another_id": [(2, 1, content)],
        "two": [(1, 7, content), (2, U32_MAX, b"\x02\x04\xc0\xa8\x01\x0a")],
        "fifteen": [(section_id, section_id, bytes(section_id)) for section_id in range(1, 16)],
        "largest": [(4, 9, bytes(index % 251 for index in range(vb.SECTION_MAX)))],
    }
    for name, sections in stores.items():
        fields = {"store_id": STORE_ID, "boot": BOOT, "sections": sections}
        yield name, "digest", vb.u32(vb.digest(STORE_ID, BOOT, sections)), fields


def whole(section_id, version, content, index=0):
    return {
        "section": section_id,
        "index": index,
        "form": vb.FORM_WHOLE,
        "version": version,
        "total": len(content),
        "fragment": vb.fragment(content, index),
    }


def same(section_id, version, content_hash):
    return {
        "section": section_id,
        "index": 0,
        "form": vb.FORM_SAME,
        "version": version,
        "hash": content_hash,
    }


def delta(section_id, version, content_hash, base_version, base_hash, changes):
    return {
        "section": section_id,
        "index": 0,
        "form": vb.FORM_DELTA,
        "version": version,
        "hash": content_hash,
        "base_version": base_version,
        "base_hash": base_hash,
        "fragment": changes,
    }


LARGEST = bytes(index % 253 for index in range(vb.SECTION_MAX))
NINE = [vb.mark(version) for version in (1, 14, 15, 16, 900, 901, 2, U32_MAX, 29)]


def beacons():
    """(name, fields) of BEACON; HELLO_ACK carries the same."""
    ordinary = {
        "store_id": STORE_ID,
        "boot": BOOT,
        "digest": 0x89ABCDEF,
        "uptime_s": 43200,
        "flags": 0x1F,
        "ip": bytes([192, 168, 1, 221]),
        "number": 17,
        "marks": NINE,
        "records": [],
    }
    yield "ordinary", ordinary
    yield "minimal", {
        "store_id": 1,
        "boot": 1,
        "digest": 0,
        "uptime_s": 0,
        "flags": 0,
        "ip": bytes(4),
        "number": 0,
        "marks": [],
        "records": [],
    }
    maximal = [whole(15, U32_MAX, LARGEST[:197])]
    yield "maximal", ordinary | {
        "store_id": U32_MAX,
        "boot": U32_MAX,
        "digest": U32_MAX,
        "uptime_s": U32_MAX,
        "ip": b"\xff" * 4,
        "number": 255,
        "marks": [15] * 15,
        "records": maximal,
    }
    yield "ip_not_known", ordinary | {"flags": 0x0F, "ip": bytes(4)}
    yield "mqtt_fault", ordinary | {"flags": 0xDE, "mqtt_fault": 3}
    yield "mqtt_fault_of_later", ordinary | {"flags": 0x82, "ip": bytes(4), "mqtt_fault": 255}
    for count in (1, 2, 14, 15):
        yield f"marks_{count}", ordinary | {"marks": list(range(1, count + 1))}
    yield "marks_with_gap", ordinary | {"marks": [3, 0, 5]}
    for uptime_s in (127, 128, 16383, 16384, 2097151, 2097152, 268435455, 268435456):
        yield f"uptime_{uptime_s}", ordinary | {"uptime_s": uptime_s}
    yield "store_not_said", ordinary | {"store_id": 0}
    records = [whole(8, 901, b"\x01\x02\x64\x00\x02\x01\x02"), whole(2, 1, b"")]
    yield "with_records", ordinary | {"records": records}


def section_data():
    """(name, fields) of SECTION_DATA."""
    head = {"store_id": STORE_ID, "boot": BOOT, "digest": 0x01020304}
    lists = {
        "no_records": [],
        "empty_section": [whole(9, 3, b"")],
        "one_byte": [whole(1, 1, b"\x07")],
        "a_fragment": [whole(1, 128, LARGEST[:200])],
        "second_of_201": [whole(1, 128, LARGEST[:201], 1)],
        "first_of_21": [whole(4, U32_MAX, LARGEST, 0)],
        "last_of_21": [whole(4, U32_MAX, LARGEST, 20)],
        "same": [same(3, 77, 0xDEADBEEF)],
        "mixed": [same(1, 1, 0), whole(15, 16384, LARGEST[:100]), same(2, U32_MAX, U32_MAX)],
        "delta": [delta(1, 8, 0xC0FFEE00, 7, 0xBADC0DE5, b"\x03\x02\x5c\x07")],
        "empty_delta": [delta(15, 1, 0, U32_MAX, U32_MAX, b"")],
        "largest_delta": [delta(3, U32_MAX, 1, 128, 2, LARGEST[:200])],
        "delta_and_whole": [delta(2, 3, 4, 2, 5, b"\x01\x01\x00"), whole(9, 1, LARGEST[:30])],
        "fifteen_same": [same(section_id, section_id, section_id) for section_id in range(1, 16)],
        "thirty_two_same": [same(1 + count % 15, 127, count) for count in range(32)],
    }
    for name, listed in lists.items():
        yield name, head | {"records": listed}


def item(section_id, version=0, content_hash=0, part_version=0, missing=0):
    return dict(zip(ITEM_PARTS, (section_id, version, content_hash, part_version, missing)))


def section_requests():
    everything = (1 << 21) - 1
    lists = {
        "no_items": [],
        "nothing_held": [item(1)],
        "whole_held": [item(1, 5, 0xCAFEBABE)],
        "part_held": [item(4, 0, 0, 6, 0b10)],
        "both_held": [item(4, 5, 1, 6, everything)],
        "fifteen_least": [item(section_id) for section_id in range(1, 16)],
        "fifteen_ordinary": [item(section_id, 300, section_id) for section_id in range(1, 16)],
        "largest_numbers": [item(15, U32_MAX, U32_MAX, U32_MAX, everything)],
    }
    for name, items in lists.items():
        yield name, {"store_id": 0 if name == "nothing_held" else STORE_ID, "items": items}


def edit(changes, index=0, **others):
    return {
        "edit_id": 0x0123456789ABCDEF,
        "store_id": STORE_ID,
        "boot": BOOT,
        "section": 1,
        "version": 7,
        "hash": 0x0BADCAFE,
        "total": len(changes),
        "index": index,
        "fragment": vb.fragment(changes, index),
    } | others


def edits():
    yield "ordinary", edit(b"\x02\x09broker.at\x05\x07pass123")
    yield "question", edit(b"\0", boot=0)
    yield "minimal", edit(b"\x01", edit_id=1, store_id=1, boot=1, version=1, hash=0)
    largest = {"edit_id": (1 << 64) - 1, "store_id": U32_MAX, "boot": U32_MAX, "section": 15}
    largest["version"] = U32_MAX
    for index in (0, 1, 5):
        yield f"largest_{index}", edit(LARGEST[:1024], index, **largest)
    yield "of_200", edit(LARGEST[:200])
    yield "second_of_201", edit(LARGEST[:201], 1)


def edit_results():
    head = {"edit_id": 0x0123456789ABCDEF, "boot": BOOT, "section": 3}
    yield "applied", head | {"outcome": 0, "version": 1, "reasons": []}
    yield "refused", head | {"outcome": 1, "version": 0, "reasons": [(4, 9, 0)]}
    yield "conflict", head | {"outcome": 2, "version": U32_MAX, "reasons": []}
    yield "not_stored", head | {"outcome": 3, "version": 0, "reasons": []}
    yield "busy", head | {"outcome": 4, "version": 0, "reasons": []}
    yield "other_store", head | {"outcome": 5, "version": 0, "reasons": []}
    yield "not_known", head | {"outcome": 6, "version": 1, "reasons": []}
    every = [(tag, reason, 0) for tag, reason in enumerate((2, 4, 5, 6, 7, 8, 17), start=1)]
    yield "every_reason", head | {"outcome": 1, "version": 0, "reasons": [*every, (254, 9, 3)]}


def raw_readings():
    ordinary = {
        "age_ms": 12,
        "sample": 4711,
        "flags": 0x0F,
        "utc_ms": 1767225600123,
        "pack_mv": 355200,
        "current_ma": -12500,
        "soc_permille": 567,
        "cells": [3700 + index * 7 % 23 for index in range(96)],
        "balancing": [0, 7, 8, 95],
        "temperatures": [201 + index for index in range(16)],
    }
    yield "ordinary", ordinary
    yield "minimal", {
        "age_ms": 0,
        "sample": 0,
        "flags": 0,
        "utc_ms": 0,
        "pack_mv": 0,
        "current_ma": 0,
        "soc_permille": 0,
        "cells": [0],
        "balancing": [],
        "temperatures": [],
    }
    yield "maximal", {
        "age_ms": 65535,
        "sample": U32_MAX,
        "flags": 0x0F,
        "utc_ms": (1 << 48) - 1,
        "pack_mv": U32_MAX,
        "current_ma": (1 << 31) - 1,
        "soc_permille": 1000,
        "cells": [8190] * 192,
        "balancing": list(range(192)),
        "temperatures": [32767] * 40,
    }
    yield "least_current", ordinary | {"current_ma": -(1 << 31), "soc_permille": 0}
    yield "nothing_known", ordinary | {
        "flags": 1,
        "utc_ms": 0,
        "pack_mv": 0,
        "current_ma": 0,
        "soc_permille": 0,
        "cells": [8191] * 96,
        "balancing": [],
        "temperatures": [-32768] * 16,
    }
    yield "summary", ordinary | {
        "flags": 0x1F,
        "cells": [3690, 3733, 3711],
        "balancing": [],
        "temperatures": [],
    }
    for cells in (7, 8, 9):
        parts = {"cells": [3000 + index for index in range(cells)], "balancing": [cells - 1]}
        yield f"cells_{cells}", ordinary | parts | {"temperatures": [-400]}


def reading_parts():
    """Bodies are the codec's affair: docs/codec.md has one, any bytes do for the frame."""
    head = {"number": 9000, "digest_low": 0xCDEF}
    yield "ordinary", head | {"body": bytes.fromhex("131e04a3a4e72134")}
    yield "minimal", {"number": 0, "digest_low": 0, "body": b"\0"}
    yield "maximal", {"number": 65535, "digest_low": 65535, "body": LARGEST[: vb.PAYLOAD_MAX - 4]}


def reading_acks():
    yield "of_a_keyframe", {"number": 9000, "flags": 0}
    yield "refused", {"number": 0, "flags": 1}
    yield "every_flag", {"number": 65535, "flags": 255}


def hellos():
    yield "ordinary", {"nonce": 0xA5A5A5A5, "uptime_s": 3600}
    yield "minimal", {"nonce": 1, "uptime_s": 0}
    yield "maximal", {"nonce": U32_MAX, "uptime_s": U32_MAX}


def hello_acks():
    for name, beacon in beacons():
        if name not in ("maximal", "store_not_said"):
            yield name, {"nonce": 0xA5A5A5A5} | beacon


def beacon_acks():
    yield "ordinary", {"number": 17, "uptime_s": 86400}
    yield "minimal", {"number": 0, "uptime_s": 0}
    yield "maximal", {"number": 255, "uptime_s": U32_MAX}


def goodbyes():
    yield "shutdown", {"boot": BOOT, "reason": 0}


MESSAGES = {
    "beacon": beacons,
    "beacon_ack": beacon_acks,
    "section_request": section_requests,
    "section_data": section_data,
    "edit": edits,
    "edit_result": edit_results,
    "reading": reading_parts,
    "hello": hellos,
    "hello_ack": hello_acks,
    "goodbye": goodbyes,
    "reading_ack": reading_acks,
}


def messages():
    for kind, encode, decode in vb.MESSAGES.values():
        for name, fields in MESSAGES[kind]():
            payload = encode(fields)
            assert len(payload) <= vb.PAYLOAD_MAX, f"{kind} {name} is no frame"
            yield name, kind, payload, fields | {"valid_prefixes": valid_prefixes(decode, payload)}
        for name, payload in refused_payloads(kind):
            yield name, kind, payload, {"refused": refusal(decode, payload)}


def refused_payloads(kind):
    """(name, payload) of payloads that have bytes or values they should not."""
    _, first = next(iter(MESSAGES[kind]()))
    payload = next(encode for name, encode, _ in vb.MESSAGES.values() if name == kind)(first)
    data_head = vb.u32(STORE_ID) + vb.u32(BOOT) + vb.u32(0)
    beacon_head = vb.u32(BOOT) + vb.u32(0)

    if kind in ("beacon_ack", "edit", "edit_result", "hello", "goodbye", "reading_ack"):
        yield "a_byte_more", payload + b"\0"
    if kind == "beacon":
        yield "uptime_overlong", beacon_head + b"\x80\0" + bytes(3)
        yield "uptime_of_33_bits", beacon_head + b"\xff\xff\xff\xff\x1f" + bytes(3)
        yield "marks_16", beacon_head + bytes(3) + b"\x10" + bytes(8)
        yield "marks_16_and_store", beacon_head + bytes(3) + b"\x90" + vb.u32(STORE_ID) + bytes(8)
        yield "spare_half_of_marks", beacon_head + bytes(3) + b"\x01\x11"
        yield "store_said_to_be_0", beacon_head + bytes(3) + b"\x80" + vb.u32(0)
    if kind in ("beacon_ack", "hello"):
        head = payload[:1] if kind == "beacon_ack" else payload[:4]
        yield "uptime_overlong", head + b"\xff\0"
    if kind == "section_request":
        yield "section_0", vb.u32(1) + b"\0\0\0"
        yield "section_16", vb.u32(1) + b"\x10\0\0"
        yield "items_16", vb.u32(1) + b"\x01\0\0" * 16
        yield "version_overlong", vb.u32(1) + b"\x01\x80\0\0"
    if kind == "section_data":
        yield "section_0", data_head + b"\0\0\x01\x01\x07"
        yield "section_16", data_head + b"\x10\0\x01\x01\x07"
        yield "version_0", data_head + b"\x01\0\0\x01\x07"
        yield "total_4097", data_head + b"\x01\0\x01" + vb.varint(4097) + bytes(200)
        yield "fragment_beyond_total", data_head + b"\x01\x01\x01\x01\x07"
        yield "fragment_21", data_head + b"\x01\x15\x01" + vb.varint(4096) + bytes(200)
        yield "empty_section_fragment_1", data_head + b"\x01\x01\x01\0"
    if kind == "edit":
        yield "edit_id_0", vb.encode_edit(edit(b"\x01", edit_id=0))
        yield "total_0", vb.encode_edit(edit(b""))
        yield "total_1025", vb.encode_edit(edit(LARGEST[:1025]))
        yield "fragment_beyond_total", vb.encode_edit(edit(b"\x01") | {"index": 1})
    if kind == "edit_result":
        head = vb.u64(1) + vb.u32(BOOT) + b"\x01"
        yield "outcome_7", head + b"\x07\0\0"
        yield "reasons_9", head + b"\x01\0\x09" + b"\x01\x02\0" * 9
    if kind in ("hello", "hello_ack"):
        yield "nonce_0", vb.u32(0) + payload[4:]


def later_forms():
    """A record of a later form hides what follows it, and spoils nothing before it."""
    known = [whole(8, 901, b"\x01\x02\x64\x00")]
    fields = {"store_id": STORE_ID, "boot": BOOT, "digest": 0, "records": known}
    for form in (3, 7):
        payload = vb.encode_section_data(fields) + vb.u8(1) + vb.u8(form << 5) + b"\x05\xff\xff"
        assert vb.decode_section_data(payload) == fields
        yield f"form_{form}", "section_data_read", payload, fields


def readings():
    for name, reading in raw_readings():
        raw = vb.encode_raw_reading(reading)
        prefixes = valid_prefixes(vb.decode_raw_reading, raw)
        yield name, "raw_reading", raw, reading | {"valid_prefixes": prefixes}

    _, ordinary = next(raw_readings())
    ordinary |= {"cells": [3700] * 7, "balancing": [], "temperatures": []}
    raw = bytearray(vb.encode_raw_reading(ordinary))
    spoilt = {
        "a_byte_more": bytes(raw) + b"\0",
        "no_cells": bytes(raw[:23]) + b"\0\0",
        "cells_193": bytes(raw[:23]) + b"\xc1\0" + bytes(193 * 2 + 25),
        "temperatures_41": bytes(raw[:23]) + b"\x01\x29" + bytes(3 + 82),
        "unused_flag": bytes(raw[:6]) + b"\x1f" + bytes(raw[7:]),
        "soc_1001": bytes(raw[:21]) + vb.u16(1001) + bytes(raw[23:]),
        "cell_8192": bytes(raw[:25]) + vb.u16(8192) + bytes(raw[27:]),
        "spare_bit_of_balancing": bytes(raw[:-1]) + b"\x80",
        "pack_voltage_not_known": bytes(raw[:6]) + b"\x0d" + bytes(raw[7:]),
        "current_not_known": bytes(raw[:6]) + b"\x0b" + bytes(raw[7:]),
        "soc_not_known": bytes(raw[:6]) + b"\x07" + bytes(raw[7:]),
    }
    for name, data in spoilt.items():
        yield name, "raw_reading", data, {"refused": refusal(vb.decode_raw_reading, data)}


# --- sections ---------------------------------------------------------------------------------

TEXT = "Grüße aus Österreich, voltage ⚡ at home"


def text_up_to(size_max):
    """A text of several scripts, cut to whole characters and filled up to exactly size_max."""
    cut = TEXT.encode()[:size_max].decode(errors="ignore")
    return cut + "z" * (size_max - len(cut.encode()))


def least(field):
    values = {"string": "", "secret": None, "ipv4": bytes(4), "array": []}
    return values.get(field.type, getattr(field, "min", None))


def most(field):
    if field.type == "string":
        return text_up_to(field.size_max)
    if field.type == "array":
        return [field.max] * field.count_max
    values = {"secret": U32_MAX, "ipv4": b"\xff" * 4}
    return values.get(field.type, getattr(field, "max", None))


def other(field):
    """A value within bounds, where there is one neither the default nor an end of the range."""
    if field.type == "string":
        return text_up_to(min(field.size_max, 11))
    if field.type == "array":
        span = field.max - field.min
        return [field.min + span * index // 50 for index in range(1, field.count_max)]
    if field.type in ("secret", "ipv4"):
        return {"secret": 0x1234ABCD, "ipv4": bytes([10, 20, 30, 40 + field.tag])}[field.type]
    middle = (field.min + field.max) // 2
    return middle + 1 if middle == field.default and middle < field.max else middle


def section_contents():
    for section in vb.sections_of_schema(SCHEMA):
        for name, value_of in {
            "defaults": lambda field: field.default,
            "least": least,
            "most": most,
            "other": other,
        }.items():
            values = {field.name: value_of(field) for field in section.fields}
            content = section.encode(values)
            assert section.decode(content) == values
            fields = {"section": section.name, "hash": vb.crc32c(content)} | values
            yield f"{section.name}_{name}", "section", content, fields
        fields = {"section": section.name} | section.defaults()
        yield f"{section.name}_absent", "section_read", b"", fields


def section_forms():
    """Contents that say the same in another way: order, widths, tags of a later firmware."""
    sections = {section.name: section for section in vb.sections_of_schema(SCHEMA)}
    forms = {
        "another_order": ("telemetry", "020102 01026400"),
        "narrow": ("telemetry", "0101c8"),
        "wide": ("telemetry", "0104e8030000 020401000000"),
        "wide_bool": ("mqtt", "010401000000"),
        "narrow_signed": ("battery", "0c01f6 0d010a"),
        "wide_signed": ("battery", "0c04f6ffffff 0d020a00"),
        "unknown_tags": ("telemetry", "fe00 01026400 c803010203"),
        "unknown_long": ("telemetry", "fe8101" + "ee" * 129 + "020100"),
    }
    for name, (section_name, text) in forms.items():
        content = bytes.fromhex(text)
        values = sections[section_name].decode(content)
        yield name, "section_read", content, {"section": section_name} | values

    refused = {
        "cut_tag": "01",
        "cut_length": "0180",
        "cut_value": "010264",
        "tag_0": "000100",
        "tag_255": "ff0100",
        "twice": "01026400 01026500",
        "unknown_twice": "fe00 fe00",
        "length_overlong": "01820064 00",
        "length_of_33_bits": "01ffffffff1f",
    }
    for name, text in refused.items():
        content = bytes.fromhex(text)
        fields = {"section": "telemetry", "refused": refusal(sections["telemetry"].decode, content)}
        yield name, "section_read", content, fields
    content = b"\xfe" + vb.varint(4094) + bytes(4094)
    assert len(content) == vb.SECTION_MAX + 1
    refused = refusal(sections["telemetry"].decode, content)
    yield "bytes_4097", "section_read", content, {"section": "telemetry", "refused": refused}


# --- frames -----------------------------------------------------------------------------------


def link(source, destination):
    return {"source": source, "destination": destination}


def frames():
    names = {name: number for number, (name, _, _) in vb.MESSAGES.items()}
    ends = {"beacon": (TRANSMITTER, BROADCAST), "reading": (TRANSMITTER, BROADCAST)}
    ends["goodbye"] = (TRANSMITTER, BROADCAST)
    for kind in ("section_data", "edit_result", "hello_ack"):
        ends[kind] = (TRANSMITTER, RECEIVER)
    for kind, number in names.items():
        _, encode, _ = vb.MESSAGES[number]
        _, fields = next(iter(MESSAGES[kind]()))
        source, destination = ends.get(kind, (RECEIVER, TRANSMITTER))
        parts = {"type": number, "ack": kind == "beacon", "epoch": 0x1234, "seq": 0x01020304}
        yield frame_of(f"of_{kind}", source, destination, parts, encode(fields))

    counts = {"least": (0, 1), "most": (0xFFFF, U32_MAX)}
    for name, (epoch, seq) in counts.items():
        payload = b"" if name == "least" else LARGEST[:238]
        parts = {"type": names["section_data"], "ack": False, "epoch": epoch, "seq": seq}
        yield frame_of(f"{name}_of_all", TRANSMITTER, RECEIVER, parts, payload)
    for kind in (11, 31):
        # Whole, and of a later version: refused by whoever takes no such type, not by the frame.
        parts = {"type": kind, "ack": False, "epoch": 1, "seq": 1}
        yield frame_of(f"of_type_{kind}", TRANSMITTER, RECEIVER, parts, b"\x01\x02\x03")


def frame_of(name, source, destination, parts, payload):
    frame = vb.encode_frame(
        source, destination, parts["type"], parts["epoch"], parts["seq"], payload, parts["ack"]
    )
    assert vb.decode_frame(source, destination, frame) == parts | {"payload": payload}
    return name, "frame", frame, link(source, destination) | parts | {"payload": payload}


def refused_frames():
    payload = vb.encode_hello({"nonce": 0xA5A5A5A5, "uptime_s": 3600})
    good = vb.encode_frame(RECEIVER, TRANSMITTER, 8, 1, 1, payload)
    listed = {
        "checksum_spoilt": good[:-1] + vb.u8(good[-1] ^ 1),
        "payload_spoilt": good[:8] + vb.u8(good[8] ^ 0x80) + good[9:],
        "foreign": b"\xc0" + good[1:],
        "battery_emulator": b"\x42\x45" + good[2:],
        "protocol_version_2": b"\xc2" + good[1:],
        "a_byte_more": good + b"\0",
        "bytes_251": vb.encode_frame(RECEIVER, TRANSMITTER, 8, 1, 1, LARGEST[:239]),
    }
    for name, bit in {"bit_5": vb.BIT_5, "sealed": vb.SEALED}.items():
        listed[name] = vb.encode_frame(RECEIVER, TRANSMITTER, 8 | bit, 1, 1, payload)
    for size in range(1, len(good)):
        listed[f"cut_to_{size}"] = good[:size]
    for name, frame in listed.items():
        yield refused_frame(name, RECEIVER, TRANSMITTER, frame)
    yield refused_frame("to_another", RECEIVER, BROADCAST, good)
    yield refused_frame("from_another", BROADCAST, TRANSMITTER, good)
    yield refused_frame("ends_exchanged", TRANSMITTER, RECEIVER, good)


def refused_frame(name, source, destination, frame):
    reason = refusal(lambda data: vb.decode_frame(source, destination, data), frame)
    return name, "frame", frame, link(source, destination) | {"refused": reason}


# --- main -------------------------------------------------------------------------------------

GROUPS = (
    numbers, versions, messages, later_forms, readings, section_contents, section_forms, frames,
    refused_frames,
)  # fmt: skip


def vectors_text():
    lines = ["# Written by make_vectors.py, which also says how to read it."]
    seen = set()
    for group in GROUPS:
        lines.append("")
        for name, kind, data, fields in group():
            assert (name, kind) not in seen, f"{kind} {name} is there twice"
            assert fields.get("refused", "") is not None, f"{kind} {name} is not refused"
            seen.add((name, kind))
            lines.append(line_of(name, kind, data, fields))
    return "\n".join(lines) + "\n"


def write_or_check(path, text):
    """Writes the file that a script makes; with --check only sees whether it differs."""
    parser = argparse.ArgumentParser(description=f"Writes {path.name}.")
    parser.add_argument("--check", action="store_true", help="only see whether the file differs")
    options = parser.parse_args()
    if not options.check:
        path.write_text(text, encoding="utf-8")
        return 0
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        script = Path(sys.argv[0]).name
        print(f"{path.name} is not what {script} writes; run it, look at the diff")
        return 1
    print(f"{path.name} is up to date")
    return 0


if __name__ == "__main__":
    sys.exit(write_or_check(VECTORS, vectors_text()))
