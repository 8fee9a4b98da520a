"""The link protocol a second time, written from docs/protocol.md alone.

It shares no line with the core: the two agree only where the document says the same to both.
Messages and readings are dicts; a frame that is refused raises Refused with the document's reason.
"""
import re
import struct
import zlib
from pathlib import Path

FRAME_MAX = 250
MAGIC = 0xC1
HEADER_SIZE, TRAILER_SIZE = 8, 4
PAYLOAD_MAX = FRAME_MAX - HEADER_SIZE - TRAILER_SIZE
TYPE_BITS, BIT_5, ACK_WANTED, SEALED = 0x1F, 0x20, 0x40, 0x80

U32_MAX = 0xFFFFFFFF
SECTION_MAX, FRAGMENT_SIZE = 4096, 200
SECTIONS_MAX = 15
EDIT_MAX, REASONS_MAX = 1024, 8
CELLS_MAX, TEMPERATURES_MAX = 192, 40
FORM_WHOLE, FORM_SAME, FORM_DELTA, FORM_FACTS = 0, 1, 2, 3
FACTS = ("start", "crashes", "board_flags", "channel", "recoveries", "recovered_ms")

BEACON_FLAGS, IP_KNOWN, MQTT_FAULT = 0x1F, 0x10, 0x80
SAYS_STORE = 0x80  # beside how many marks a beacon has
READING_FLAGS, PACK_KNOWN, CURRENT_KNOWN, SOC_KNOWN, SUMMARY = 0x1F, 0x02, 0x04, 0x08, 0x10


class Refused(Exception):
    """foreign, truncated, too_long, checksum, unsupported or malformed."""

    @property
    def reason(self):
        return self.args[0]


def require(condition, reason="malformed"):
    if not condition:
        raise Refused(reason)


# --- sums and numbers -------------------------------------------------------------------------


def crc32(data):
    return zlib.crc32(data)


def crc32c(data):
    remainder = U32_MAX
    for byte in data:
        remainder ^= byte
        for _ in range(8):
            remainder = (remainder >> 1) ^ (0x82F63B78 if remainder & 1 else 0)
    return remainder ^ U32_MAX


def u8(value):
    return struct.pack("<B", value)


def u16(value):
    return struct.pack("<H", value)


def u32(value):
    return struct.pack("<I", value)


def u64(value):
    return struct.pack("<Q", value)


def varint(value):
    assert 0 <= value <= U32_MAX
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


class Reader:
    """Takes a payload apart from its beginning."""

    def __init__(self, data):
        self.data = bytes(data)
        self.offset = 0

    def remaining(self):
        return len(self.data) - self.offset

    def take(self, size):
        require(self.remaining() >= size, "truncated")
        self.offset += size
        return self.data[self.offset - size : self.offset]

    def unsigned(self, size):
        return int.from_bytes(self.take(size), "little")

    def signed(self, size):
        return int.from_bytes(self.take(size), "little", signed=True)

    def varint(self):
        value = 0
        for index in range(5):
            byte = self.unsigned(1)
            value |= (byte & 0x7F) << 7 * index
            if byte < 0x80:
                require(byte or not index)
                require(value <= U32_MAX)
                return value
        raise Refused("malformed")

    def end(self):
        require(not self.remaining())


# --- frame ------------------------------------------------------------------------------------


def frame_trailer(source, destination, covered):
    return u32(crc32(source + destination + covered))


def encode_frame(source, destination, kind, epoch, seq, payload, ack=False):
    """kind is the whole low six bits and bit 7, so that a caller can set what must not be set."""
    header = u8(MAGIC) + u8(kind | (ACK_WANTED if ack else 0)) + u16(epoch) + u32(seq)
    return header + payload + frame_trailer(source, destination, header + payload)


def decode_frame(source, destination, frame):
    require(frame, "truncated")
    require(frame[0] == MAGIC, "foreign")
    require(len(frame) >= HEADER_SIZE + TRAILER_SIZE, "truncated")
    require(len(frame) <= FRAME_MAX, "too_long")
    covered, trailer = frame[:-TRAILER_SIZE], frame[-TRAILER_SIZE:]
    require(frame_trailer(source, destination, covered) == trailer, "checksum")
    reader = Reader(covered[1:])
    bits = reader.unsigned(1)
    require(not bits & (SEALED | BIT_5), "unsupported")
    return {
        "type": bits & TYPE_BITS,
        "ack": bool(bits & ACK_WANTED),
        "epoch": reader.unsigned(2),
        "seq": reader.unsigned(4),
        "payload": reader.take(reader.remaining()),
    }


# --- versions, marks, digest ------------------------------------------------------------------


def version_after(version):
    return 1 if version == U32_MAX else version + 1


def mark(version):
    """0 is not a version: a transmitter without the section has no version to mark."""
    return 1 + version % 15 if version else 0


def digest(store_id, boot, sections):
    """sections: (id, version, bytes) in any order."""
    chained = u32(store_id) + u32(boot)
    for section_id, version, content in sorted(sections):
        chained += u8(section_id) + u32(version) + u16(len(content)) + content
    return crc32c(chained)


def room(frame_max, trailer):
    """What link and seal leave: bytes of payload, of a fragment, of the largest section."""
    payload = min(frame_max, 250) - 8 - trailer
    fragment_max = min(FRAGMENT_SIZE, payload - 29)
    return payload, fragment_max, min(SECTION_MAX, 32 * fragment_max)


def fragment_count(total):
    return max(1, -(-total // FRAGMENT_SIZE))


def fragment(content, index):
    return content[FRAGMENT_SIZE * index : FRAGMENT_SIZE * (index + 1)]


def fragment_size(total, index):
    require(index < fragment_count(total))
    return min(FRAGMENT_SIZE, total - FRAGMENT_SIZE * index)


# --- messages ---------------------------------------------------------------------------------


def encode_record(record):
    encoded = u8(record["section"]) + u8(record["index"] | record["form"] << 5)
    encoded += varint(record["version"])
    if record["form"] == FORM_SAME:
        return encoded + u32(record["hash"])
    if record["form"] == FORM_DELTA:
        encoded += u32(record["hash"]) + varint(record["base_version"]) + u32(record["base_hash"])
        return encoded + varint(len(record["fragment"])) + record["fragment"]
    return encoded + varint(record["total"]) + record["fragment"]


def decode_records(reader):
    records = []
    while reader.remaining():
        section, index_and_form = reader.unsigned(1), reader.unsigned(1)
        record = {"section": section, "index": index_and_form & 0x1F, "form": index_and_form >> 5}
        require(1 <= section <= SECTIONS_MAX)
        if record["form"] not in (FORM_WHOLE, FORM_SAME, FORM_DELTA):
            break  # Of a later form not even the length is known.
        record["version"] = reader.varint()
        require(record["version"])
        if record["form"] == FORM_SAME:
            record["hash"] = reader.unsigned(4)
            require(record["index"] == 0)
        elif record["form"] == FORM_DELTA:
            record["hash"] = reader.unsigned(4)
            require(record["index"] == 0)
            record["base_version"] = reader.varint()
            record["base_hash"] = reader.unsigned(4)
            size = reader.varint()
            require(record["base_version"] and size <= FRAGMENT_SIZE)
            record["fragment"] = reader.take(size)
        else:
            record["total"] = reader.varint()
            require(record["total"] <= SECTION_MAX)
            record["fragment"] = reader.take(fragment_size(record["total"], record["index"]))
        records.append(record)
    return records


def decode_facts(record):
    """The record of the facts, as a dictionary in the order of its bytes."""
    reader = Reader(record)
    section, index_and_form = reader.unsigned(1), reader.unsigned(1)
    facts = {"section": section, "index": index_and_form & 0x1F, "form": index_and_form >> 5}
    facts["version"] = reader.varint()
    facts |= {name: reader.varint() for name in FACTS if reader.remaining()}
    require(facts["form"] == FORM_FACTS and not reader.remaining())
    return facts


def encode_facts(facts):
    head = u8(facts["section"]) + u8(facts["form"] << 5) + varint(facts["version"])
    return head + b"".join(varint(facts[name]) for name in FACTS)


def encode_beacon(beacon):
    encoded = u32(beacon["boot"]) + u32(beacon["digest"])
    encoded += varint(beacon["uptime_s"])
    encoded += u8(beacon["flags"])
    if beacon["flags"] & IP_KNOWN:
        encoded += beacon["ip"]
    if beacon["flags"] & MQTT_FAULT:
        encoded += u8(beacon["mqtt_fault"])
    marks = beacon["marks"]
    encoded += u8(beacon["number"])
    if beacon["store_id"]:
        encoded += u8(len(marks) | SAYS_STORE) + u32(beacon["store_id"])
    else:
        encoded += u8(len(marks))
    for low, high in zip(marks[0::2], [*marks[1::2], 0]):
        encoded += u8(low | high << 4)
    return encoded + b"".join(map(encode_record, beacon["records"]))


def decode_beacon_from(reader):
    beacon = {
        "boot": reader.unsigned(4),
        "digest": reader.unsigned(4),
        "uptime_s": reader.varint(),
        "flags": reader.unsigned(1),
    }
    beacon["ip"] = reader.take(4) if beacon["flags"] & IP_KNOWN else bytes(4)
    if beacon["flags"] & MQTT_FAULT:
        beacon["mqtt_fault"] = reader.unsigned(1)
    beacon["number"] = reader.unsigned(1)
    count = reader.unsigned(1)
    beacon["store_id"] = 0
    if count & SAYS_STORE:
        beacon["store_id"] = reader.unsigned(4)
        require(beacon["store_id"])
    count &= ~SAYS_STORE
    require(count <= SECTIONS_MAX)
    halves = [half for byte in reader.take((count + 1) // 2) for half in (byte & 0x0F, byte >> 4)]
    beacon["marks"] = halves[:count]
    require(not any(halves[count:]))
    beacon["records"] = decode_records(reader)
    return beacon


def decode_beacon(payload):
    return decode_beacon_from(Reader(payload))


def encode_beacon_ack(message):
    return u8(message["number"]) + varint(message["uptime_s"])


def decode_beacon_ack(payload):
    reader = Reader(payload)
    message = {"number": reader.unsigned(1), "uptime_s": reader.varint()}
    reader.end()
    return message


def encode_section_request(message):
    encoded = u32(message["store_id"])
    for item in message["items"]:
        encoded += u8(item["section"]) + varint(item["version"])
        if item["version"]:
            encoded += u32(item["hash"])
        encoded += varint(item["part_version"])
        if item["part_version"]:
            encoded += varint(item["missing"])
    return encoded


def decode_section_request(payload):
    reader = Reader(payload)
    message = {"store_id": reader.unsigned(4), "items": []}
    while reader.remaining():
        require(len(message["items"]) < SECTIONS_MAX)
        item = {"section": reader.unsigned(1), "version": reader.varint()}
        require(1 <= item["section"] <= SECTIONS_MAX)
        item["hash"] = reader.unsigned(4) if item["version"] else 0
        item["part_version"] = reader.varint()
        item["missing"] = reader.varint() if item["part_version"] else 0
        message["items"].append(item)
    return message


def encode_section_data(message):
    records = b"".join(map(encode_record, message["records"]))
    return u32(message["store_id"]) + u32(message["boot"]) + u32(message["digest"]) + records


def decode_section_data(payload):
    reader = Reader(payload)
    message = {name: reader.unsigned(4) for name in ("store_id", "boot", "digest")}
    message["records"] = decode_records(reader)
    return message


def encode_edit(message):
    encoded = u64(message["edit_id"]) + u32(message["store_id"])
    encoded += u32(message["boot"]) + u8(message["section"])
    encoded += varint(message["version"]) + u32(message["hash"]) + varint(message["total"])
    return encoded + u8(message["index"]) + message["fragment"]


def decode_edit(payload):
    reader = Reader(payload)
    message = {
        "edit_id": reader.unsigned(8),
        "store_id": reader.unsigned(4),
        "boot": reader.unsigned(4),
        "section": reader.unsigned(1),
        "version": reader.varint(),
        "hash": reader.unsigned(4),
        "total": reader.varint(),
        "index": reader.unsigned(1),
    }
    require(message["edit_id"])
    require(1 <= message["total"] <= EDIT_MAX)
    message["fragment"] = reader.take(fragment_size(message["total"], message["index"]))
    reader.end()
    return message


def encode_edit_result(message):
    encoded = u64(message["edit_id"]) + u32(message["boot"]) + u8(message["section"])
    encoded += u8(message["outcome"]) + varint(message["version"]) + u8(len(message["reasons"]))
    return encoded + b"".join(bytes(reason) for reason in message["reasons"])


def decode_edit_result(payload):
    reader = Reader(payload)
    message = {
        "edit_id": reader.unsigned(8),
        "boot": reader.unsigned(4),
        "section": reader.unsigned(1),
        "outcome": reader.unsigned(1),
        "version": reader.varint(),
    }
    require(message["edit_id"])
    require(message["boot"] and message["outcome"] <= 6)
    count = reader.unsigned(1)
    require(count <= REASONS_MAX)
    message["reasons"] = [tuple(reader.take(3)) for _ in range(count)]
    reader.end()
    return message


def encode_reading(message):
    return u16(message["number"]) + u16(message["digest_low"]) + message["body"]


def decode_reading(payload):
    reader = Reader(payload)
    message = {"number": reader.unsigned(2), "digest_low": reader.unsigned(2)}
    message["body"] = reader.take(max(1, reader.remaining()))
    return message


def encode_reading_ack(message):
    return u16(message["number"]) + u8(message["flags"])


def decode_reading_ack(payload):
    reader = Reader(payload)
    message = {"number": reader.unsigned(2), "flags": reader.unsigned(1)}
    reader.end()
    return message


def encode_hello(message):
    return u32(message["nonce"]) + varint(message["uptime_s"])


def decode_hello(payload):
    reader = Reader(payload)
    message = {"nonce": reader.unsigned(4), "uptime_s": reader.varint()}
    require(message["nonce"])
    reader.end()
    return message


def encode_hello_ack(message):
    return u32(message["nonce"]) + encode_beacon(message)


def decode_hello_ack(payload):
    reader = Reader(payload)
    nonce = reader.unsigned(4)
    require(nonce)
    beacon = decode_beacon_from(reader)
    require(beacon["store_id"])
    return {"nonce": nonce} | beacon


def encode_goodbye(message):
    return u32(message["boot"]) + u8(message["reason"])


def decode_goodbye(payload):
    reader = Reader(payload)
    message = {"boot": reader.unsigned(4), "reason": reader.unsigned(1)}
    reader.end()
    require(message["boot"])
    return message


MESSAGES = {
    1: ("beacon", encode_beacon, decode_beacon),
    2: ("beacon_ack", encode_beacon_ack, decode_beacon_ack),
    3: ("section_request", encode_section_request, decode_section_request),
    4: ("section_data", encode_section_data, decode_section_data),
    5: ("edit", encode_edit, decode_edit),
    6: ("edit_result", encode_edit_result, decode_edit_result),
    7: ("reading", encode_reading, decode_reading),
    8: ("hello", encode_hello, decode_hello),
    9: ("hello_ack", encode_hello_ack, decode_hello_ack),
    10: ("goodbye", encode_goodbye, decode_goodbye),
    11: ("reading_ack", encode_reading_ack, decode_reading_ack),
}


# --- the raw reading --------------------------------------------------------------------------


def encode_raw_reading(reading):
    balancing = bytearray((len(reading["cells"]) + 7) // 8)
    for cell in reading["balancing"]:
        balancing[cell // 8] |= 1 << cell % 8
    encoded = u16(reading["age_ms"]) + u32(reading["sample"]) + u8(reading["flags"])
    encoded += reading["utc_ms"].to_bytes(6, "little") + u32(reading["pack_mv"])
    encoded += struct.pack("<iH", reading["current_ma"], reading["soc_permille"])
    encoded += u8(len(reading["cells"])) + u8(len(reading["temperatures"]))
    encoded += b"".join(map(u16, reading["cells"])) + balancing
    return encoded + b"".join(struct.pack("<h", value) for value in reading["temperatures"])


def decode_raw_reading(data):
    reader = Reader(data)
    reading = {
        "age_ms": reader.unsigned(2),
        "sample": reader.unsigned(4),
        "flags": reader.unsigned(1),
        "utc_ms": reader.unsigned(6),
        "pack_mv": reader.unsigned(4),
        "current_ma": reader.signed(4),
        "soc_permille": reader.unsigned(2),
    }
    cells, temperatures = reader.unsigned(1), reader.unsigned(1)
    require(1 <= cells <= CELLS_MAX and temperatures <= TEMPERATURES_MAX)
    require(not reading["flags"] & ~READING_FLAGS)
    require(not reading["flags"] & SUMMARY or cells == 3)
    require(reading["soc_permille"] <= 1000)
    known = {"pack_mv": PACK_KNOWN, "current_ma": CURRENT_KNOWN, "soc_permille": SOC_KNOWN}
    for name, flag in known.items():
        require(reading["flags"] & flag or not reading[name])
    reading["cells"] = [reader.unsigned(2) for _ in range(cells)]
    require(max(reading["cells"]) <= 8191)
    bits = int.from_bytes(reader.take((cells + 7) // 8), "little")
    require(not bits >> cells)
    reading["balancing"] = [cell for cell in range(cells) if bits >> cell & 1]
    reading["temperatures"] = [reader.signed(2) for _ in range(temperatures)]
    reader.end()
    return reading


# --- section content --------------------------------------------------------------------------


def rows_of_schema(path):
    """The rows of sections.def as (macro, arguments), which are data to both implementations."""
    text = Path(path).read_text(encoding="utf-8")
    text = re.sub(r"/\*.*?\*/|^#.*?(?<!\\)$", "", text, flags=re.S | re.M)
    for macro, arguments in re.findall(r"^(VB_\w+) *\((.*)\)$", text, re.M):
        yield macro, [
            argument.strip() for argument in re.findall(r'(?:"(?:\\.|[^"])*"|[^,"])+', arguments)
        ]


def lists_of_schema(path):
    text = Path(path).read_text(encoding="utf-8").replace("\\\n", "")
    return {
        name: re.findall(r"X\(L, (\w+),", values)
        for name, values in re.findall(r"^#define VB_LIST_(\w+)\(X, L\)(.*)$", text, re.M)
    }


def unquoted(text):
    return text.strip('"')


def ipv4(text):
    return bytes(int(part) for part in text.split("."))


class Field:
    """One row: what the field is called, how wide it is, what it may hold."""

    def __init__(self, macro, arguments, lists):
        self.type = macro.removeprefix("VB_").lower()
        self.tag, self.name = int(arguments[1]), arguments[3]
        details = arguments[4:]
        if self.type == "bool":
            self.size, self.min, self.max = 1, 0, 1
            self.default = int(details[0] == "true")
        elif self.type in ("unsigned", "signed"):
            bits, self.min, self.max, self.default = map(int, details[:4])
            self.size = bits // 8
        elif self.type == "enum":
            names = lists[details[0]]
            self.size, self.min, self.max = 1, 0, len(names) - 1
            self.default = names.index(details[1])
        elif self.type == "string":
            self.size_max, self.default = int(details[0]), unquoted(details[2])
        elif self.type == "secret":
            self.default = None
        elif self.type == "ipv4":
            self.default = ipv4(unquoted(details[0]))
        elif self.type == "array":
            bits, self.count_max, count, self.min, self.max, default = map(int, details[:6])
            self.size, self.default = bits // 8, [default] * count

    def encode(self, value):
        if self.type == "string":
            return value.encode("utf-8")
        if self.type == "secret":
            return b"" if value is None else u32(value)
        if self.type == "ipv4":
            return value
        if self.type == "array":
            return b"".join(item.to_bytes(self.size, "little") for item in value)
        return value.to_bytes(self.size, "little", signed=self.type == "signed")

    def decode(self, value):
        if self.type == "string":
            return value.decode("utf-8")
        if self.type == "secret":
            return int.from_bytes(value, "little") if value else None
        if self.type == "ipv4":
            return value
        if self.type == "array":
            starts = range(0, len(value), self.size)
            return [int.from_bytes(value[start : start + self.size], "little") for start in starts]
        return int.from_bytes(value, "little", signed=self.type == "signed")


class Section:
    def __init__(self, name, section_id):
        self.name, self.id, self.fields = name, section_id, []

    def defaults(self):
        return {field.name: field.default for field in self.fields}

    def encode(self, values):
        content = b""
        for field in self.fields:
            encoded = field.encode(values[field.name])
            content += u8(field.tag) + varint(len(encoded)) + encoded
        return content

    def decode(self, content):
        values, by_tag, seen = self.defaults(), {field.tag: field for field in self.fields}, set()
        require(len(content) <= SECTION_MAX, "too_long")
        reader = Reader(content)
        while reader.remaining():
            tag = reader.unsigned(1)
            require(1 <= tag <= 254 and tag not in seen)
            seen.add(tag)
            value = reader.take(reader.varint())
            if tag in by_tag:
                values[by_tag[tag].name] = by_tag[tag].decode(value)
        return values


def sections_of_schema(path):
    lists, sections = lists_of_schema(path), []
    for macro, arguments in rows_of_schema(path):
        if macro == "VB_SECTION":
            sections.append(Section(arguments[1], int(arguments[2])))
        elif macro.removeprefix("VB_") in (
            "BOOL", "UNSIGNED", "SIGNED", "ENUM", "STRING", "SECRET", "IPV4", "ARRAY"
        ):  # fmt: skip
            sections[-1].fields.append(Field(macro, arguments, lists))
    return sections
