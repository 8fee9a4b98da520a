/* A body's content besides cells and temperatures: current, pack voltage, state of charge, sequence
 * and times, each as a difference from its prediction. */
#ifndef VOLTBEACON_CODEC_SCALARS_H
#define VOLTBEACON_CODEC_SCALARS_H

#include "codec_range.h"
#include "voltbeacon/core/codec.h"

/* What predictions are based on; for a standalone reading: profile NULL, distance 0. */
struct vb_scalars_context {
    const struct vb_codec_profile *profile;
    uint32_t distance; /* readings since the keyframe */
};

/* The current comes first, since cells are predicted from it. */
void vb_scalars_current_write(struct vb_range_writer *writer,
                              const struct vb_scalars_context *context,
                              const struct vb_reading *reading);
void vb_scalars_current_read(struct vb_range_reader *reader,
                             const struct vb_scalars_context *context, struct vb_reading *reading);

/* The rest follows the cells, whose sum predicts the pack voltage. */
void vb_scalars_write(struct vb_range_writer *writer, const struct vb_scalars_context *context,
                      const struct vb_reading *reading, uint32_t cell_sum_mv, uint32_t age_ms);
/* Sets reader->failed if a value is out of range. */
void vb_scalars_read(struct vb_range_reader *reader, const struct vb_scalars_context *context,
                     uint32_t cell_sum_mv, struct vb_reading *reading, uint32_t *age_ms);

#endif
