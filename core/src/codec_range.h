/* A range coder: a stream of choices, each as long as it is unlikely, in fractions of a bit.
 *
 * Both ends narrow an interval in the same way; each choice is the part that is kept. G. N. N.
 * Martin, Range encoding: an algorithm for removing redundancy from a digitised message (1979).
 * Neither end divides: the reader compares its way up. */
#ifndef VOLTBEACON_CODEC_RANGE_H
#define VOLTBEACON_CODEC_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Likelihoods are in parts of 4096. */
enum { VB_RANGE_TOTAL_BITS = 12, VB_RANGE_TOTAL = 1 << VB_RANGE_TOTAL_BITS };

struct vb_range_writer {
    uint8_t *bytes;
    size_t capacity;
    uint32_t range;
    size_t at;
    uint32_t low;
    bool failed; /* it did not fit; nothing more is written */
};

struct vb_range_reader {
    const uint8_t *bytes;
    size_t size;
    uint32_t range;
    size_t at; /* may pass the end: writers omit zeros there */
    uint32_t code;
    bool failed; /* no writer produces this stream */
};

struct vb_range_writer vb_range_writer_of(uint8_t *bytes, size_t capacity);
/* starts[n] to starts[n + 1] is the share of choice n; the last start is VB_RANGE_TOTAL. */
void vb_range_put(struct vb_range_writer *writer, const uint16_t *starts, unsigned choice);
/* Several choices in a row, fast; there are at least three, the likely ones first. */
void vb_range_put_run(struct vb_range_writer *writer, const uint16_t *starts,
                      const uint8_t *choices, size_t count);
/* The `count` low bits of value, all equally likely; count is 0 to 32. */
void vb_range_put_bits(struct vb_range_writer *writer, uint32_t value, unsigned count);
/* Shorter the nearer to 0. */
void vb_range_put_count(struct vb_range_writer *writer, uint32_t value);
void vb_range_put_number(struct vb_range_writer *writer, int32_t value);
/* Completes the stream and returns its size; 0 if it did not fit. */
size_t vb_range_finish(struct vb_range_writer *writer);

/* The readers return what was put; once failed, anything they return is still within its bounds. */
struct vb_range_reader vb_range_reader_of(const uint8_t *bytes, size_t size);
unsigned vb_range_get(struct vb_range_reader *reader, const uint16_t *starts);
void vb_range_get_run(struct vb_range_reader *reader, const uint16_t *starts, uint8_t *choices,
                      size_t count);
uint32_t vb_range_get_bits(struct vb_range_reader *reader, unsigned count);
uint32_t vb_range_get_count(struct vb_range_reader *reader);
int32_t vb_range_get_number(struct vb_range_reader *reader);
/* True if nothing failed and the stream ends where it should. */
bool vb_range_done(const struct vb_range_reader *reader);

#endif
