/* S3: nothing moves unless a page asks. It asks for its section, waits 2 s, looks at what has come,
 * and asks again.
 *
 * The driver, since nothing tells a page of a change: it stays open on the very section that is
 * going to change. With no page open the design sends nothing, and notices nothing.
 *
 *   request  {kind u8, section u8}
 *   answer   see baseline_answer.h
 *
 * In favour of the design: no CRC, boot counter or sequence number; its copy survives a reboot; a
 * value counts as there when the answer arrives, not when the page looks 2 s later. */
#ifndef VOLTBEACON_PAGE_POLL_H
#define VOLTBEACON_PAGE_POLL_H

#include "baseline_answer.h"
#include "design.h"

enum { VB_PAGE_WAIT_MS = 2000 };

struct vb_page_transmitter {
    struct vb_content content; /* in its store */
    struct vb_answers answers;
};

struct vb_page_receiver {
    struct vb_content content; /* in its store */
    uint8_t section;           /* whose page is open; 0 = none */
    bool ask_due;
    uint32_t ask_at_ms;
    struct vb_assembly assembly;
};

struct vb_page {
    struct vb_page_transmitter transmitter;
    struct vb_page_receiver receiver;
};

/* Both ends fresh from the factory, switched off, no page open. */
struct vb_design vb_page_design(struct vb_page *pair);

#endif
