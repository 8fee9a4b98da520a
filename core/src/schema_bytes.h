/* The maximum size of each section: tag, length and value of every field this firmware knows.
 * Lengths of 128 and more take two bytes. */
#ifndef VOLTBEACON_SCHEMA_BYTES_H
#define VOLTBEACON_SCHEMA_BYTES_H

#include "voltbeacon/core/schema.h"

#define SIZED(size) (1 + ((size) > 127 ? 2 : 1) + (size))
#define VB_SECTION(ID, name, ...) enum { bytes_max_##name = 0
#define VB_BOOL(...) +SIZED(1)
#define VB_UNSIGNED(section, tag, since, name, bits, ...) +SIZED((bits) / 8)
#define VB_SIGNED(section, tag, since, name, bits, ...) +SIZED((bits) / 8)
#define VB_ENUM(...) +SIZED(1)
#define VB_STRING(section, tag, since, name, size_max, ...) +SIZED(size_max)
#define VB_SECRET(...) +SIZED(4)
#define VB_IPV4(...) +SIZED(4)
#define VB_ARRAY(section, tag, since, name, bits, count_max, ...) +SIZED((bits) / 8 * (count_max))
#define VB_SECTION_END(name) \
    }                        \
    ;                        \
    _Static_assert((int)bytes_max_##name <= VB_SECTION_BYTES_MAX, #name " is too large");
#include "voltbeacon/core/schema_expand.h"

/* Room for the known fields of any section. */
union vb_known_bytes {
#define VB_SECTION(ID, name, ...) uint8_t name[bytes_max_##name];
#include "voltbeacon/core/schema_expand.h"
};

#endif
