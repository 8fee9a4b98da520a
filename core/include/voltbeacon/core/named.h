/* Whose frames they claim to be: the names of store and boot in them, and the goodbye, which is
 * little more than that. */
#ifndef VOLTBEACON_NAMED_H
#define VOLTBEACON_NAMED_H

#include "voltbeacon/core/bytes.h"
#include "voltbeacon/core/err.h"
#include "voltbeacon/core/platform.h"

VB_C_BEGIN

/* The transmitter is being shut down. */
struct vb_goodbye {
    uint32_t boot;
    uint8_t reason; /* 0 = shut down; those of later versions are treated the same */
};

void vb_goodbye_write(struct vb_writer *writer, const struct vb_goodbye *goodbye);
VB_MUST_USE enum vb_err vb_goodbye_read(struct vb_reader *reader, struct vb_goodbye *goodbye);

/* Whose frame it claims to be, as far as it does: 0 if it does not. */
struct vb_named {
    uint32_t store_id; /* BEACON of a young boot, HELLO_ACK, DATA */
    uint32_t boot;     /* likewise, EDIT_RESULT, GOODBYE */
    uint32_t nonce;    /* HELLO_ACK */
};

VB_C_END

#endif
