#!/usr/bin/env python3
"""Decodes the examples of docs/protocol.md with the second implementation: check_examples.py [FILE]

An example is a block fenced as ```bytes. Each line of it holds bytes in hex, what they say as
"name = value" joined by commas, and, behind two spaces, words for the reader. The head of a block:

  section ID version N     the content of a section: with these the tale of the examples begins
  frame FROM to TO         a frame; its ends are those the document names, or "all"
  datagram                 a frame on UDP, behind its two addresses
  raw reading              a reading in its raw form
  facts                    the record of what a board tells of itself

What is said must be what was decoded, all of it and in that order; where a line says one thing, its
bytes alone must make that value. Digests, hashes and marks must be those of the sections shown,
with the changes that the frames before have made to them.
"""
import re
import sys
import unittest
from pathlib import Path

import voltbeacon as vb

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/protocol.md"
SECTIONS = {s.id: s for s in vb.sections_of_schema(ROOT / "core/schema/sections.def")}
FIELDS = {field.name for section in SECTIONS.values() for field in section.fields}
BROADCAST = b"\xff" * 6


# --- the blocks -------------------------------------------------------------------------------


class Line:
    """`c1 02  name = value, other = value  words`"""

    def __init__(self, text):
        columns = re.split(r"\s{2,}", text.strip(), maxsplit=2)
        self.text = text
        self.bytes = bytes.fromhex(columns[0])
        said = columns[1] if len(columns) > 1 else ""
        self.said = [tuple(part.split(" = ", 1)) for part in said.split(", ")]
        if not all(len(pair) == 2 for pair in self.said):
            raise ValueError(f"not `bytes  name = value  words`: {text}")


class Block:
    def __init__(self, head, body):
        self.head = head.strip()
        self.lines = [Line(text) for text in body.splitlines() if text.strip()]
        self.bytes = b"".join(line.bytes for line in self.lines)


def blocks_of(text):
    return [Block(*found) for found in re.findall(r"^```bytes (.*)\n((?:.*\n)*?)```$", text, re.M)]


def ends_of(text):
    """The addresses of the examples, as the document gives them."""
    named = re.findall(r"the (transmitter|receiver) is `([0-9a-f:]{17})`", text)
    ends = {name: bytes.fromhex(mac.replace(":", "")) for name, mac in named}
    return ends | {"all": BROADCAST}


# --- what was decoded, in the order of the bytes ----------------------------------------------


def content_said(section_id, content):
    """The fields of a section's content, or of changes to it."""
    fields = {field.tag: field for field in SECTIONS[section_id].fields}
    reader = vb.Reader(content)
    while reader.remaining():
        field = fields[reader.unsigned(1)]
        yield field.name, field.decode(reader.take(reader.varint()))


def reading_said(raw):
    reading = vb.decode_raw_reading(raw)
    for name, value in reading.items():
        if name == "cells":
            yield "n", len(reading["cells"])
            yield "n", len(reading["temperatures"])
        yield name, value


def message_said(message):
    """What a decoded message holds; what only counts what follows is said, too."""
    for name, value in message.items():
        if name == "reasons":
            yield "n", len(value)
        if name == "store_id" and "marks" in message:
            yield "n", len(message["marks"]) | (vb.SAYS_STORE if value else 0)
        if name in ("records", "items"):
            for part in value:
                yield from message_said(part)
        elif name == "fragment":
            if message.get("form") == vb.FORM_DELTA:
                yield "size", len(value)
            yield from content_said(message["section"], value)
        elif name == "reasons":
            for reason in value:
                yield from zip(("tag", "reason", "rule"), reason)
        elif not left_out(message, name):
            yield name, value


def left_out(message, name):
    """What the decoder fills in and the bytes do not hold."""
    return (
        (name == "store_id" and not message["store_id"] and "marks" in message)
        or (name == "ip" and not message["flags"] & vb.IP_KNOWN)
        or (name == "hash" and message.get("version") == 0)
        or (name == "missing" and message.get("part_version") == 0)
    )


def frame_said(frame):
    yield "magic", vb.MAGIC
    for name in ("type", "ack", "epoch", "seq"):
        yield name, frame[name]
    yield from message_said(message_of(frame))
    yield "crc32", frame["crc32"]


def message_of(frame):
    _, _, decode = vb.MESSAGES[frame["type"]]
    return decode(frame["payload"])


# --- what is said -----------------------------------------------------------------------------


def parsed(text, like):
    """The text of an example, as a value of the decoded one's kind."""
    if isinstance(like, bool):
        return {"yes": True, "no": False}[text]
    if isinstance(like, list):
        return [] if text == "none" else [int(item, 0) for item in text.split()]
    if isinstance(like, bytes):
        return vb.ipv4(text) if len(like) == 4 else bytes.fromhex(text.replace(":", ""))
    return int(text, 0) if isinstance(like, int) else text


def stands_for(data, value):
    """Whether the bytes, by themselves, are this value in one of the forms of the protocol."""
    if isinstance(value, bytes):
        return data == value
    if isinstance(value, list):
        return True  # halves of bytes, bits: their place is what the next lines leave over
    signed = int.from_bytes(data, "little", signed=True)
    return value in (int.from_bytes(data, "little"), signed) or data == vb.varint(value)


# --- the tale ---------------------------------------------------------------------------------


class Tale:
    """The transmitter's sections as they are at this point: {id: (version, content)}."""

    def __init__(self):
        self.sections, self.store_id, self.boot = {}, None, None

    def digest(self):
        listed = [(key, version, content) for key, (version, content) in self.sections.items()]
        return vb.digest(self.store_id, self.boot, listed)

    def marks(self):
        return [vb.mark(self.sections.get(i + 1, (0,))[0]) for i in range(max(self.sections))]

    def take(self, record):
        version, content = self.sections[record["section"]]
        if record["form"] == vb.FORM_DELTA:
            assert record["base_version"] == version
            assert record["base_hash"] == vb.crc32c(content)
            content = laid_over(content, record["fragment"])
        elif record["form"] == vb.FORM_WHOLE:
            content = record["fragment"]
        self.sections[record["section"]] = record["version"], content
        assert record.get("hash", vb.crc32c(content)) == vb.crc32c(content)


def items_of(content):
    reader, items = vb.Reader(content), {}
    while reader.remaining():
        tag = reader.unsigned(1)
        items[tag] = reader.take(reader.varint())
    return items


def laid_over(content, changes):
    merged = items_of(content) | items_of(changes)
    return b"".join(vb.u8(tag) + vb.varint(len(value)) + value for tag, value in merged.items())


# --- the tests --------------------------------------------------------------------------------


class Examples(unittest.TestCase):
    document = DOCUMENT

    def setUp(self):
        text = self.document.read_text(encoding="utf-8")
        self.blocks, self.ends = blocks_of(text), ends_of(text)
        self.assertEqual(set(self.ends), {"transmitter", "receiver", "all"})

    def check_lines(self, block, decoded):
        """Everything that was decoded is said, in order, and each line's bytes are what it says."""
        decoded = list(decoded)
        said = [(line, name, text) for line in block.lines for name, text in line.said]
        self.assertEqual([name for _, name, _ in said], [name for name, _ in decoded], block.head)
        for (line, name, text), (_, value) in zip(said, decoded):
            with self.subTest(block=block.head, line=line.text):
                self.assertEqual(parsed(text, value), value, f"decoded {name}")
                data = line.bytes[2:] if name in FIELDS else line.bytes  # behind tag and length
                if len(line.said) == 1:
                    self.assertTrue(stands_for(data, value), f"these bytes are not {value}")

    def decode(self, block, source, destination, data):
        frame = vb.decode_frame(source, destination, data)
        frame["crc32"] = int.from_bytes(data[-4:], "little")
        with self.subTest(block=block.head):
            _, encode, decode = vb.MESSAGES[frame["type"]]
            self.assertEqual(encode(decode(frame["payload"])), frame["payload"], "encoded again")
        return frame

    def frames(self):
        """Each example of a frame: (block, what is decoded of all its bytes, the frame)."""
        for block in self.blocks:
            if block.head == "datagram":
                source, destination = block.bytes[:6], block.bytes[6:12]
                frame = self.decode(block, source, destination, block.bytes[12:])
                addresses = [("source", source), ("destination", destination)]
                yield block, addresses + list(frame_said(frame)), frame
            elif block.head.startswith("frame "):
                source, destination = re.fullmatch(r"frame (\w+) to (\w+)", block.head).groups()
                frame = self.decode(block, self.ends[source], self.ends[destination], block.bytes)
                yield block, frame_said(frame), frame

    def test_every_line_says_what_its_bytes_are(self):
        for block in self.blocks:
            if block.head.startswith("section "):
                section_id = int(block.head.split()[1])
                self.check_lines(block, content_said(section_id, block.bytes))
            elif block.head == "raw reading":
                self.check_lines(block, reading_said(block.bytes))
            elif block.head == "facts":
                facts = vb.decode_facts(block.bytes)
                self.check_lines(block, facts.items())
                self.assertEqual(vb.encode_facts(facts), block.bytes, "encoded again")
        for block, decoded, _ in self.frames():
            self.check_lines(block, decoded)

    def test_every_message_and_every_form_of_a_record_has_an_example(self):
        frames = [frame for _, _, frame in self.frames()]
        self.assertEqual({frame["type"] for frame in frames}, set(vb.MESSAGES))
        forms = {r["form"] for f in frames for r in message_of(f).get("records", [])}
        self.assertEqual(forms, {vb.FORM_WHOLE, vb.FORM_SAME, vb.FORM_DELTA})
        heads = {block.head for block in self.blocks}
        self.assertLessEqual({"datagram", "facts"}, heads)

    def test_digests_hashes_and_marks_are_those_of_the_sections_shown(self):
        tale = Tale()
        for block in self.blocks:
            if shown := re.fullmatch(r"section (\d+) version (\d+)", block.head):
                tale.sections[int(shown[1])] = int(shown[2]), block.bytes
        stores = {message_of(frame).get("store_id", 0) for _, _, frame in self.frames()} - {0}
        (tale.store_id,) = stores
        for block, _, frame in self.frames():
            message = message_of(frame)
            with self.subTest(block=block.head, type=frame["type"]):
                tale.boot = message.get("boot", tale.boot)
                for record in message.get("records", []):
                    tale.take(record)
                self.check_state(tale, message)

    def check_state(self, tale, message):
        if "digest" in message:
            self.assertEqual(message["digest"], tale.digest())
        if "digest_low" in message:
            self.assertEqual(message["digest_low"], tale.digest() & 0xFFFF)
        if "marks" in message:
            self.assertEqual(message["marks"], tale.marks())
        if "outcome" in message:
            self.assertEqual(message["version"], tale.sections[message["section"]][0])
        for item in message.get("items", []):
            self.check_base(tale.sections, item)
        if "fragment" in message:
            self.check_edit(tale, message)

    def check_edit(self, tale, message):
        """An edit is made on what is, and changes it: what comes after it shows the result."""
        self.check_base(tale.sections, message)
        version, content = tale.sections[message["section"]]
        changed = laid_over(content, message["fragment"])
        tale.sections[message["section"]] = vb.version_after(version), changed

    def check_base(self, sections, held):
        if held["version"]:
            version, content = sections[held["section"]]
            self.assertEqual((held["version"], held["hash"]), (version, vb.crc32c(content)))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Examples.document = Path(sys.argv.pop())
    unittest.main()
