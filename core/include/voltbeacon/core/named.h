/* Whose frames say they are: the names of store and boot in them, and the goodbye, which is little
 * more. */
#ifndef VOLTBEACON_NAMED_H
#define VOLTBEACON_NAMED_H

#include "voltbeacon/core/bytes.h"
#include "voltbeacon/core/err.h"
#include "voltbeacon/core/platform.h"

VB_C_BEGIN

/* The transmitter is being shut down. */
struct vb_goodbye {
    uint32_t boot;
    uint8_t reason; /* 0 = shut down; a later version's mean the same to this one */
};

void vb_goodbye_write(struct vb_writer *writer, const struct vb_goodbye *goodbye);
VB_MUST_USE enum vb_err vb_goodbye_read(struct vb_reader *reader, struct vb_goodbye *goodbye);

/* Whose frame it says it is, as far as it says so: 0 where it does not. */
struct vb_named {
    uint32_t store_id; /* BEACON of a young boot, HELLO_ACK, DATA */
    uint32_t boot;     /* likewise, EDIT_RESULT, GOODBYE */
    uint32_t nonce;    /* HELLO_ACK */
};

VB_C_END

#endif
