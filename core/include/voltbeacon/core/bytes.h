/* Bounded little-endian readers and writers with a sticky error flag.
 *
 * Read or write everything, then check `failed` once. A failed reader yields zeros and NULL, a
 * failed writer writes nothing more; neither ever touches memory outside its buffer. */
#ifndef VOLTBEACON_BYTES_H
#define VOLTBEACON_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/err.h"
#include "voltbeacon/core/platform.h"

VB_C_BEGIN

struct vb_reader {
    const uint8_t *bytes;
    size_t size;
    size_t at;
    bool failed;
    bool malformed; /* failed on an invalid varint, not at the end of the bytes */
};

struct vb_writer {
    uint8_t *bytes;
    size_t capacity;
    size_t at;
    bool failed;
};

/* The bytes remain the caller's and must outlive the reader. */
struct vb_reader vb_reader_of(const uint8_t *bytes, size_t size);
uint8_t vb_read_u8(struct vb_reader *reader);
uint16_t vb_read_u16(struct vb_reader *reader);
uint32_t vb_read_u32(struct vb_reader *reader);
uint64_t vb_read_u64(struct vb_reader *reader);
/* LEB128 of at most 5 bytes; a longer one, an overflow or a needless trailing zero byte fails. */
uint32_t vb_read_varint(struct vb_reader *reader);
/* A view of the next size bytes, owned by whoever owns the buffer. NULL if there are fewer. */
const uint8_t *vb_read_view(struct vb_reader *reader, size_t size);
size_t vb_reader_left(const struct vb_reader *reader);
/* Why a reader failed: VB_ERR_TRUNCATED or VB_ERR_MALFORMED; VB_ERR_OK if it did not. */
VB_MUST_USE enum vb_err vb_reader_verdict(const struct vb_reader *reader);
/* True when nothing failed and nothing is left. */
bool vb_reader_done(const struct vb_reader *reader);

struct vb_writer vb_writer_of(uint8_t *bytes, size_t capacity);
void vb_write_u8(struct vb_writer *writer, uint8_t value);
void vb_write_u16(struct vb_writer *writer, uint16_t value);
void vb_write_u32(struct vb_writer *writer, uint32_t value);
void vb_write_u64(struct vb_writer *writer, uint64_t value);
void vb_write_varint(struct vb_writer *writer, uint32_t value);
void vb_write_bytes(struct vb_writer *writer, const uint8_t *bytes, size_t size);
size_t vb_writer_left(const struct vb_writer *writer);

/* How many bytes vb_write_varint would write: 1 to 5. */
size_t vb_varint_size(uint32_t value);

VB_C_END

#endif
