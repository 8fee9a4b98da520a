"""ESP-NOW's frames a second time, written from docs/espnow.md alone.

It shares no line with ports/espnow. A frame is a dict; what is refused raises Refused with the
document's reason, and with what could be read of it.
"""
import struct
import zlib

ACTION, RETRY, PROTECTED = 0xD0, 0x08, 0x40
ESPRESSIF = bytes.fromhex("18fe34")
VENDOR_CATEGORY, VENDOR_ELEMENT, ESPNOW = 127, 221, 4
MORE = 0x10
ELEMENT_MAX, ELEMENTS_MAX, BODY_MAX = 250, 6, 1470
MAC_HEAD, HEAD, FCS = 24, 32, 4


class Refused(Exception):
    """short, kind, encrypted, category, vendor, fcs, cut, element, length, version or long."""

    @property
    def reason(self):
        return self.args[0]


def fcs_of(data):
    return struct.pack("<I", zlib.crc32(data))


# --- built ------------------------------------------------------------------------------------


def element(version, body):
    return bytes([VENDOR_ELEMENT, 5 + len(body)]) + ESPRESSIF + bytes([ESPNOW, version]) + body


def encode(frame, with_fcs):
    data = bytes([ACTION, RETRY if frame["retry"] else 0])
    data += struct.pack("<H", frame["duration"])
    data += frame["dst"] + frame["src"] + frame["addr3"]
    data += struct.pack("<H", frame["sequence"] << 4 | frame["fragment"])
    data += bytes([VENDOR_CATEGORY]) + ESPRESSIF + struct.pack("<I", frame["random"])
    body = frame["body"]
    pieces = [body[at : at + ELEMENT_MAX] for at in range(0, len(body), ELEMENT_MAX)] or [b""]
    for piece in pieces[:-1]:
        data += element(frame["version"] | MORE, piece)
    data += element(frame["version"], pieces[-1])
    return data + fcs_of(data) if with_fcs else data


# --- read -------------------------------------------------------------------------------------


def decode(data, with_fcs):
    content = data[:-FCS] if with_fcs else data
    if len(data) < MAC_HEAD + (FCS if with_fcs else 0):
        raise Refused("short")
    (control,) = struct.unpack_from("<H", content, 22)
    frame = {
        "dst": content[4:10], "src": content[10:16], "addr3": content[16:22],
        "duration": struct.unpack_from("<H", content, 2)[0],
        "sequence": control >> 4, "fragment": control & 15,
        "retry": content[1] & RETRY != 0, "protected": content[1] & PROTECTED != 0,
    }  # fmt: skip
    if content[0] != ACTION:
        raise Refused("kind")
    check_action(content[MAC_HEAD:], frame["protected"])
    damaged = with_fcs and data[-FCS:] != fcs_of(content)
    try:
        frame["random"], frame["version"], frame["body"], frame["left_over"] = read_rest(content)
    except Refused:
        # Nothing shorter than that is known to be Espressif's.
        if damaged and len(content) >= HEAD:
            raise Refused("fcs") from None
        raise
    if damaged:
        raise Refused("fcs")
    return frame


def check_action(content, is_protected):
    vendor = len(content) >= 4 and content[0] == VENDOR_CATEGORY
    if vendor and content[1:4] == ESPRESSIF:
        return
    if is_protected:
        raise Refused("encrypted")
    if len(content) < 4:
        raise Refused("cut")
    raise Refused("vendor" if vendor else "category")


def read_rest(content):
    if len(content) < HEAD:
        raise Refused("cut")
    (random,) = struct.unpack_from("<I", content, 28)
    version, body, at, count, more = None, b"", HEAD, 0, True
    while more:
        head = content[at : at + 7]
        if len(head) < 7:
            raise Refused("cut")
        if head[0] != VENDOR_ELEMENT or head[2:5] != ESPRESSIF or head[5] != ESPNOW:
            raise Refused("element")
        if head[1] < 5:
            raise Refused("length")
        if head[6] & 15 not in (1, 2):
            raise Refused("version")
        piece = content[at + 7 : at + 2 + head[1]]
        if len(piece) < head[1] - 5:
            raise Refused("cut")
        body, count, at = body + piece, count + 1, at + 2 + head[1]
        if count > ELEMENTS_MAX or len(body) > BODY_MAX:
            raise Refused("long")
        version = version or head[6] & 15
        more = head[6] & MORE != 0
    return random, version, body, len(content) - at


# --- radiotap ---------------------------------------------------------------------------------

# Size and alignment by number; radiotap.org.
FIELDS = {
    0: (8, 8), 1: (1, 1), 2: (1, 1), 3: (4, 2), 4: (2, 2), 5: (1, 1), 6: (1, 1), 7: (2, 2),
    8: (2, 2), 9: (2, 2), 10: (1, 1), 11: (1, 1), 12: (1, 1), 13: (1, 1), 14: (2, 2), 15: (2, 2),
    16: (1, 1), 17: (1, 1), 18: (8, 4), 19: (3, 1), 20: (8, 4), 21: (12, 2), 22: (12, 8),
    23: (12, 2), 24: (12, 2), 25: (6, 2), 26: (1, 1), 27: (4, 2),
}  # fmt: skip


def radiotap_header(*words):
    """words: for each a dict of fields by number, bytes each. The words but the last begin the
    fields anew."""
    last = len(words) - 1
    start = 4 + 4 * len(words)
    present, fields = b"", b""
    for index, word in enumerate(words):
        bits = sum(1 << number for number in word)
        present += struct.pack("<I", bits | (0xA0000000 if index < last else 0))
        for number, value in sorted(word.items()):
            size, align = FIELDS[number]
            assert len(value) == size, f"field {number} has {size} bytes"
            fields += b"\0" * (-(start + len(fields)) % align) + value
    return struct.pack("<BBH", 0, 0, start + len(fields)) + present + fields
