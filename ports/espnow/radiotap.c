#include "espnow/radiotap.h"

#include <string.h>

#include "voltbeacon/core/bytes.h"

enum {
    FIELD_FLAGS = 1,
    FIELD_RATE = 2,
    FIELD_CHANNEL = 3,
    FIELD_SIGNAL = 5,
    FIELD_TX_FLAGS = 15,
    FIELDS = 28,
    NAMESPACE_RADIOTAP = 29,
    NAMESPACE_VENDOR = 30,
    WORD_FOLLOWS = 31,

    FLAG_FCS_AT_END = 0x10,
    FLAG_FCS_BAD = 0x40,

    VENDOR_HEAD_BYTES = 6 /* vendor, its namespace, how many bytes of it follow */
};

/* Of each field, radiotap.org, "Defined fields". */
static const struct {
    uint8_t align;
    uint8_t size;
} fields[FIELDS] = {
    {8, 8},  /* 0 TSFT */
    {1, 1},  /* 1 flags */
    {1, 1},  /* 2 rate */
    {2, 4},  /* 3 channel */
    {2, 2},  /* 4 FHSS */
    {1, 1},  /* 5 antenna signal, dBm */
    {1, 1},  /* 6 antenna noise, dBm */
    {2, 2},  /* 7 lock quality */
    {2, 2},  /* 8 TX attenuation */
    {2, 2},  /* 9 TX attenuation, dB */
    {1, 1},  /* 10 TX power, dBm */
    {1, 1},  /* 11 antenna */
    {1, 1},  /* 12 antenna signal, dB */
    {1, 1},  /* 13 antenna noise, dB */
    {2, 2},  /* 14 RX flags */
    {2, 2},  /* 15 TX flags */
    {1, 1},  /* 16 RTS retries */
    {1, 1},  /* 17 data retries */
    {4, 8},  /* 18 XChannel */
    {1, 3},  /* 19 MCS */
    {4, 8},  /* 20 A-MPDU status */
    {2, 12}, /* 21 VHT */
    {8, 12}, /* 22 timestamp */
    {2, 12}, /* 23 HE */
    {2, 12}, /* 24 HE-MU */
    {2, 6},  /* 25 HE-MU other user */
    {1, 1},  /* 26 0-length PSDU */
    {2, 4},  /* 27 L-SIG */
};

/* The position of the next field, and how to read the next word. */
struct walk {
    struct vb_reader reader; /* of the header; its `at` is behind the last field */
    bool vendor;             /* the word is a vendor's: its fields have been passed over */
    bool numbered_on;        /* its first bit is field 32 or above; none of these is known */
};

/* The next field's bytes; NULL if the header ends before. */
static const uint8_t *take(struct walk *walk, size_t align, size_t size)
{
    VB_ASSERT(align == 1 || align == 2 || align == 4 || align == 8);
    const size_t padding = (align - walk->reader.at % align) % align;
    (void)vb_read_view(&walk->reader, padding);
    return vb_read_view(&walk->reader, size);
}

static void note_field(struct vb_radiotap *radiotap, unsigned field, const uint8_t *bytes)
{
    if (field == FIELD_FLAGS) {
        radiotap->fcs_at_end = (bytes[0] & FLAG_FCS_AT_END) != 0;
        radiotap->fcs_bad = (bytes[0] & FLAG_FCS_BAD) != 0;
    } else if (field == FIELD_RATE) {
        radiotap->rate_500kbps = bytes[0];
    } else if (field == FIELD_CHANNEL) {
        radiotap->channel_mhz = (uint16_t)(bytes[0] | bytes[1] << 8);
    } else if (field == FIELD_SIGNAL) {
        radiotap->signal_dbm = (int8_t)bytes[0];
    } else if (field == FIELD_TX_FLAGS) {
        radiotap->sent_here = true;
    }
}

/* Reads the fields of one word. seen: those of earlier words. False if what follows is unknown. */
static bool walk_fields(struct walk *walk, uint32_t word, uint32_t *seen,
                        struct vb_radiotap *radiotap)
{
    for (unsigned field = 0; field < NAMESPACE_RADIOTAP; field++) {
        const uint32_t bit = UINT32_C(1) << field;
        if ((word & bit) == 0)
            continue;
        if (field >= FIELDS || walk->numbered_on)
            return false;
        const uint8_t *bytes = take(walk, fields[field].align, fields[field].size);
        if (bytes == NULL)
            return false;
        if ((*seen & bit) == 0)
            note_field(radiotap, field, bytes);
        *seen |= bit;
    }
    return true;
}

/* Reads one word, and the namespace of the next. False if what follows is unknown. */
static bool walk_word(struct walk *walk, uint32_t word, uint32_t *seen,
                      struct vb_radiotap *radiotap)
{
    if (!walk->vendor && !walk_fields(walk, word, seen, radiotap))
        return false;
    const bool to_radiotap = (word >> NAMESPACE_RADIOTAP & 1) != 0;
    const bool to_vendor = (word >> NAMESPACE_VENDOR & 1) != 0;
    if (to_radiotap && to_vendor)
        return false;
    if (to_vendor) {
        const uint8_t *head = take(walk, 2, VENDOR_HEAD_BYTES);
        if (head == NULL || vb_read_view(&walk->reader, (size_t)(head[4] | head[5] << 8)) == NULL)
            return false;
    }
    walk->vendor = to_vendor || (walk->vendor && !to_radiotap);
    walk->numbered_on = !to_radiotap && !to_vendor;
    return true;
}

static void read_fields(struct vb_reader reader, struct vb_radiotap *radiotap)
{
    uint32_t words[VB_RADIOTAP_WORDS_MAX];
    unsigned count = 0;
    do {
        if (count == VB_RADIOTAP_WORDS_MAX)
            return;
        words[count] = vb_read_u32(&reader);
    } while ((words[count++] >> WORD_FOLLOWS & 1) != 0);
    if (reader.failed)
        return;
    struct walk walk = {.reader = reader};
    uint32_t seen = 0;
    for (unsigned i = 0; i < count; i++) {
        if (!walk_word(&walk, words[i], &seen, radiotap))
            return;
    }
}

bool vb_radiotap_parse(const uint8_t *bytes, size_t size, struct vb_radiotap *radiotap)
{
    *radiotap = (struct vb_radiotap){.signal_dbm = VB_RADIOTAP_SIGNAL_UNKNOWN_DBM};
    struct vb_reader reader = vb_reader_of(bytes, size);
    const uint8_t version = vb_read_u8(&reader);
    (void)vb_read_u8(&reader); /* pad */
    const uint16_t said = vb_read_u16(&reader);
    if (reader.failed || version != 0 || said < VB_RADIOTAP_BYTES_MIN || said > size)
        return false;
    radiotap->size = said;
    reader.size = said;
    read_fields(reader, radiotap);
    return true;
}

uint8_t vb_radiotap_channel(uint16_t mhz)
{
    if (mhz == 2484)
        return 14;
    if (mhz >= 2412 && mhz <= 2472 && (mhz - 2407) % 5 == 0)
        return (uint8_t)((mhz - 2407) / 5);
    if (mhz > 5000 && mhz <= 6000 && mhz % 5 == 0)
        return (uint8_t)((mhz - 5000) / 5);
    return 0;
}

void vb_radiotap_build(uint8_t rate_500kbps, uint16_t tx_flags, uint8_t bytes[VB_RADIOTAP_TX_BYTES])
{
    const uint32_t present = UINT32_C(1) << FIELD_RATE | UINT32_C(1) << FIELD_TX_FLAGS;
    struct vb_writer writer = vb_writer_of(bytes, VB_RADIOTAP_TX_BYTES);
    vb_write_u16(&writer, 0);
    vb_write_u16(&writer, VB_RADIOTAP_TX_BYTES);
    vb_write_u32(&writer, present);
    vb_write_u8(&writer, rate_500kbps);
    vb_write_u8(&writer, 0); /* the flags are aligned */
    vb_write_u16(&writer, tx_flags);
    VB_ASSERT(!writer.failed && writer.at == VB_RADIOTAP_TX_BYTES);
}
