/* What S2 and S3 have in common: one section in answer, whole, in as few frames as hold it.
 *
 * {kind u8, section u8, version u32, fragment u8, fragments u8, up to 242 bytes}. */
#ifndef VOLTBEACON_BASELINE_ANSWER_H
#define VOLTBEACON_BASELINE_ANSWER_H

#include "design.h"

enum {
    VB_ANSWER_HEAD_BYTES = 8,
    VB_ANSWER_FRAGMENT_BYTES = VB_FRAME_BYTES_MAX - VB_ANSWER_HEAD_BYTES,
    VB_ANSWER_FRAGMENTS_MAX = VB_SECTION_BYTES_MAX / VB_ANSWER_FRAGMENT_BYTES + 1
};

struct vb_answers {
    uint16_t due; /* bit id: asked for */
    uint8_t next; /* fragment of the lowest of them */
};

struct vb_assembly {
    uint8_t section;
    uint8_t count;
    uint32_t version;
    uint32_t missing; /* bit n: fragment n */
    uint16_t size;
    uint8_t bytes[VB_SECTION_BYTES_MAX];
};

void vb_answers_add(struct vb_answers *answers, uint8_t section);
/* False when nothing is due. */
bool vb_answers_output(struct vb_answers *answers, const struct vb_content *content, uint8_t kind,
                       struct vb_packet *packet);
/* Once the section is complete it is put into content, and the answer is its id; otherwise 0. */
uint8_t vb_assembly_input(struct vb_assembly *assembly, const struct vb_packet *packet,
                          struct vb_content *content);

#endif
