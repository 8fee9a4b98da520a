/* A frame's payload, parsed once: what a message says, by kind. A payload that cannot be parsed is
 * a refused frame and changes nothing; once parsed, it is never looked at a second time. */
#ifndef VOLTBEACON_PAYLOAD_H
#define VOLTBEACON_PAYLOAD_H

#include "voltbeacon/core/err.h"
#include "voltbeacon/core/frame.h"
#include "voltbeacon/core/message.h"
#include "voltbeacon/core/named.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/seal.h"

VB_C_BEGIN

/* In one frame, for each section: "same" for one requester and a fragment for another. No
 * transmitter sends more. */
enum { VB_RECORDS_MAX = 2 * VB_MARKS_MAX };

/* Of a BEACON, HELLO_ACK or DATA. */
struct vb_records {
    uint8_t count;
    bool cut; /* followed by one of a later version's form: the rest cannot be read */
    struct vb_board_facts facts; /* at the end; all zeroes: none are told */
    struct vb_record items[VB_RECORDS_MAX];
};

struct vb_section_request {
    uint32_t store_id; /* 0 = none known */
    uint8_t count;
    struct vb_request_item items[VB_REQUEST_ITEMS_MAX];
};

struct vb_beacon_ack {
    uint8_t number; /* of the beacon */
    uint32_t uptime_s;
};

struct vb_hello {
    uint32_t nonce;
    uint32_t uptime_s;
};

struct vb_hello_ack {
    uint32_t nonce; /* of the HELLO */
    struct vb_beacon state;
};

struct vb_payload {
    uint8_t kind; /* enum vb_message, selects the member: */
    union {
        struct vb_beacon beacon;
        struct vb_beacon_ack beacon_ack;
        struct vb_section_request request;
        struct vb_data_head data;
        struct vb_edit_part edit;
        struct vb_edit_result edit_result;
        struct vb_reading_part reading;
        struct vb_hello hello;
        struct vb_hello_ack hello_ack;
        struct vb_goodbye goodbye;
        struct vb_reading_ack reading_ack;
    };
};

/* Parses a payload of frame->message. Views refer to the frame's payload. *records receives the
 * records of kinds that have them; NULL: such kinds are unsupported. VB_ERR_UNSUPPORTED: unknown
 * kind; VB_ERR_TRUNCATED, VB_ERR_MALFORMED. */
VB_MUST_USE enum vb_err vb_payload_read(const struct vb_room *room, const struct vb_frame *frame,
                                        struct vb_records *records, struct vb_payload *payload);

/* Whose frame it claims to be, as far as it does. */
struct vb_named vb_payload_named(const struct vb_payload *payload);

VB_C_END

#endif
