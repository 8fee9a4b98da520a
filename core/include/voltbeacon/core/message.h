/* Messages: the payloads of frames. Byte layouts are in docs/protocol.md, under the same
 * names.
 *
 * Encoders write through a vb_writer (sticky failure if it does not fit); decoders return
 * VB_ERR_MALFORMED or VB_ERR_TRUNCATED and return views into the payload. */
#ifndef VOLTBEACON_MESSAGE_H
#define VOLTBEACON_MESSAGE_H

#include "voltbeacon/core/board_facts.h"
#include "voltbeacon/core/bytes.h"
#include "voltbeacon/core/err.h"
#include "voltbeacon/core/frame.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/section.h"

VB_C_BEGIN

enum {
    VB_DELTA_BYTES_MAX = 200, /* of the changes in one record */
    VB_MARKS_MAX = 15,        /* sections a beacon can announce */
    VB_REQUEST_ITEMS_MAX = 15,
    VB_EDIT_BYTES_MAX = 1024 /* of one edit's changes */
};

enum vb_runtime_flag {
    VB_RUNTIME_MQTT_CONNECTED = 1 << 0,
    VB_RUNTIME_ETHERNET_UP = 1 << 1,
    VB_RUNTIME_SOURCE_OK = 1 << 2, /* the battery is being read */
    VB_RUNTIME_STREAMING = 1 << 3, /* readings are sent over the link */
    VB_RUNTIME_IP_KNOWN = 1 << 4,  /* ip is present */
    VB_RUNTIME_THINNED = 1 << 5,   /* readings are thinned to stay below the airtime cap */
    VB_RUNTIME_MQTT_ONLY = 1 << 6, /* readings go to MQTT only, by section telemetry */
    VB_RUNTIME_MQTT_FAULT = 1 << 7 /* mqtt_fault is present */
};

struct vb_runtime {
    uint8_t flags; /* enum vb_runtime_flag */
    uint8_t ip[4];
    uint8_t mqtt_fault; /* enum vb_mqtt_fault, or a later version's */
};

/* A section's version in a beacon: 0 = no such section, else 1 + version % 15. Consecutive versions
 * always differ; versions 15 apart do not: the digest covers that. */
uint8_t vb_version_mark(uint32_t version);

/* The next version after `version`; never 0. */
uint32_t vb_version_next(uint32_t version);

/* How many fragments `size` bytes of a section or an edit take, at most room->section_bytes_max: at
 * least 1. */
uint8_t vb_fragment_count(const struct vb_room *room, size_t size);
/* The bytes in fragment `index` of `total`. index must be below the count (asserted). */
size_t vb_fragment_size(const struct vb_room *room, size_t total, uint8_t index);
/* A bit for each fragment of `size` bytes. */
uint32_t vb_fragments_all(const struct vb_room *room, size_t size);

struct vb_beacon {
    uint32_t store_id; /* 0: left out; this boot has sent it before */
    uint32_t boot;     /* random, for this boot of the transmitter only; not 0 */
    uint32_t digest;
    uint32_t uptime_s;
    struct vb_runtime runtime;
    uint8_t number;     /* of this beacon, for counting lost ones */
    uint8_t mark_count; /* marks[n] is the mark of section n + 1 */
    uint8_t marks[VB_MARKS_MAX];
    const uint8_t *records; /* inlined sections, read with vb_record_read */
    size_t records_size;
};

void vb_beacon_write(struct vb_writer *writer, const struct vb_beacon *beacon);
VB_MUST_USE enum vb_err vb_beacon_read(struct vb_reader *reader, struct vb_beacon *beacon);

enum vb_record_form {
    VB_RECORD_WHOLE = 0, /* a fragment of the section's bytes */
    VB_RECORD_SAME = 1,  /* the content that the requester has is current */
    VB_RECORD_DELTA = 2, /* changes since an earlier version; only inlined in beacons */
    VB_RECORD_FACTS = 3  /* of no section, and the last one in a beacon: see board_facts.h */
};

struct vb_record {
    uint8_t id;
    uint8_t form;  /* enum vb_record_form, or a later version's */
    uint8_t index; /* fragment, 0 to VB_FRAGMENTS_MAX - 1 */
    uint32_t version;
    uint16_t total;        /* bytes of the whole section; WHOLE */
    uint16_t offset;       /* of the fragment in it; ignored when writing */
    uint32_t hash;         /* SAME, DELTA: of the whole section in this version */
    uint32_t base_version; /* DELTA: what it applies to */
    uint32_t base_hash;
    const uint8_t *bytes; /* WHOLE: the fragment; DELTA: the changes; FACTS: these */
    size_t size;
};

void vb_record_write(struct vb_writer *writer, const struct vb_record *record);
/* The number of bytes that vb_record_write would write. */
size_t vb_record_size(const struct vb_record *record);
/* VB_ERR_UNSUPPORTED for FACTS, which are the rest of the frame, and for a later version's form,
 * after which the rest cannot be read: only id, form, index and version are set. */
VB_MUST_USE enum vb_err vb_record_read(struct vb_reader *reader, const struct vb_room *room,
                                       struct vb_record *record);

struct vb_data_head {
    uint32_t store_id;
    uint32_t boot;
    uint32_t digest;
};

void vb_data_head_write(struct vb_writer *writer, const struct vb_data_head *head);
VB_MUST_USE enum vb_err vb_data_head_read(struct vb_reader *reader, struct vb_data_head *head);

struct vb_request_item {
    uint8_t id;
    uint32_t have_version;    /* 0 = none */
    uint32_t have_hash;       /* of the whole content held */
    uint32_t partial_version; /* 0 = no fragments held */
    uint32_t missing;         /* bit n: fragment n of partial_version is missing */
};

void vb_request_item_write(struct vb_writer *writer, const struct vb_request_item *item);
VB_MUST_USE enum vb_err vb_request_item_read(struct vb_reader *reader,
                                             struct vb_request_item *item);

struct vb_edit_part {
    uint64_t id;
    uint32_t store_id;
    uint32_t boot; /* of the transmitter it is for; 0: only asks what has become of it */
    uint32_t base_version;
    uint32_t base_hash;
    uint8_t section;
    uint8_t index;
    uint16_t total;
    uint16_t offset;      /* of this fragment; ignored when writing */
    const uint8_t *bytes; /* of the changes, see vb_section_merge */
    size_t size;
};

void vb_edit_part_write(struct vb_writer *writer, const struct vb_edit_part *part);
VB_MUST_USE enum vb_err vb_edit_part_read(struct vb_reader *reader, const struct vb_room *room,
                                          struct vb_edit_part *part);

enum vb_edit_outcome {
    VB_EDIT_APPLIED = 0,
    VB_EDIT_REFUSED = 1,     /* reasons say why */
    VB_EDIT_CONFLICT = 2,    /* based on content that is no longer current */
    VB_EDIT_NOT_STORED = 3,  /* the store failed; nothing changed */
    VB_EDIT_BUSY = 4,        /* try again shortly */
    VB_EDIT_OTHER_STORE = 5, /* based on a store that is gone */
    VB_EDIT_NOT_KNOWN = 6    /* answers a question: not under way, and not among the last results */
};

struct vb_edit_result {
    uint64_t id;
    uint32_t boot; /* of the sender; set when it is sent */
    uint8_t section;
    uint8_t outcome;  /* enum vb_edit_outcome */
    uint32_t version; /* APPLIED: the new one; CONFLICT, NOT_KNOWN: the current one; else 0 */
    struct vb_reasons reasons;
};

void vb_edit_result_write(struct vb_writer *writer, const struct vb_edit_result *result);
VB_MUST_USE enum vb_err vb_edit_result_read(struct vb_reader *reader,
                                            struct vb_edit_result *result);

enum { VB_READING_HEAD_BYTES = 4 /* before the body: number and digest */ };

/* One body of a reading; the codec tells how many there are and which one this is. */
struct vb_reading_part {
    uint16_t number;     /* of the reading in the stream; wraps */
    uint16_t digest_low; /* low half of the digest: can refute "in sync", never confirm it */
    const uint8_t *body; /* of the codec, see codec.h */
    size_t size;         /* 1 to VB_CODEC_BODY_BYTES_MAX */
};

void vb_reading_part_write(struct vb_writer *writer, const struct vb_reading_part *part);
VB_MUST_USE enum vb_err vb_reading_part_read(struct vb_reader *reader,
                                             struct vb_reading_part *part);

enum vb_reading_ack_flag {
    VB_READING_ACK_REFUSED = 1 << 0 /* it refers to a keyframe that is not held: send standalone */
};

/* For the keyframe with this number; if refused, for any reading. */
struct vb_reading_ack {
    uint16_t number;
    uint8_t flags; /* enum vb_reading_ack_flag, or a later version's */
};

void vb_reading_ack_write(struct vb_writer *writer, const struct vb_reading_ack *ack);
VB_MUST_USE enum vb_err vb_reading_ack_read(struct vb_reader *reader, struct vb_reading_ack *ack);

VB_C_END

#endif
