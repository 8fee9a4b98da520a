/* What a body says besides cells and temperatures: current, pack voltage, state of charge, sequence
 * and times, each as its difference from what is expected. */
#ifndef VOLTBEACON_CODEC_SCALARS_H
#define VOLTBEACON_CODEC_SCALARS_H

#include "codec_range.h"
#include "voltbeacon/core/codec.h"

/* What is expected of a reading that stands on its own: profile NULL, distance 0. */
struct vb_scalars_context {
    const struct vb_codec_profile *profile;
    uint32_t distance; /* readings since the keyframe */
};

/* The current comes first, for the cells are predicted from it. */
void vb_scalars_current_write(struct vb_range_writer *writer,
                              const struct vb_scalars_context *context,
                              const struct vb_reading *reading);
void vb_scalars_current_read(struct vb_range_reader *reader,
                             const struct vb_scalars_context *context, struct vb_reading *reading);

/* The rest comes after the cells, whose sum is what the pack voltage should be. */
void vb_scalars_write(struct vb_range_writer *writer, const struct vb_scalars_context *context,
                      const struct vb_reading *reading, uint32_t cell_sum_mv, uint32_t age_ms);
/* Sets reader->failed where a value is outside its range. */
void vb_scalars_read(struct vb_range_reader *reader, const struct vb_scalars_context *context,
                     uint32_t cell_sum_mv, struct vb_reading *reading, uint32_t *age_ms);

#endif
