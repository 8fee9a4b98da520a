/* What a receiver of the older designs kept of its transmitter, as changes of sections.
 *
 * They kept it in NVS through Preferences, in the namespace "tx_cache", a key for each value.
 * Nothing is written or erased here. If a key of a section is missing, or has another type or a
 * value that the schema refuses, the whole section is refused, with the key and the reason.
 * docs/migrating.md lists the keys.
 */
#ifndef VOLTBEACON_OLD_SETTINGS_H
#define VOLTBEACON_OLD_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/err.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/section.h"

VB_C_BEGIN

enum {
    VB_OLD_SECTIONS = 4,         /* mqtt, network, battery, metadata */
    VB_OLD_VALUE_BYTES_MAX = 64, /* of a string, without its NUL; no field takes more */
    VB_OLD_CHANGES_BYTES_MAX = 320
};

/* How Preferences stored it. */
enum vb_old_type {
    VB_OLD_BOOL,   /* putBool: a byte, 0 or 1 */
    VB_OLD_U16,    /* putUShort: two bytes, the low one first */
    VB_OLD_STRING, /* putString: its characters, without a NUL */
    VB_OLD_IPV4    /* putBytes: four bytes, in the order in which the address is written */
};

/* The old keys. */
struct vb_old_keys {
    void *ctx;

    /* Reads a key that was stored as this type. Returns its size in bytes, 0 to capacity;
     * VB_ERR_NOT_FOUND; VB_ERR_WRONG_TYPE: it was put as another; VB_ERR_TOO_LONG: it does not fit;
     * VB_ERR_STORE: it cannot be read now. */
    int (*get)(void *ctx, const char *key, enum vb_old_type type, uint8_t *bytes, size_t capacity);
};

enum vb_old_verdict {
    VB_OLD_NONE, /* nothing of it was stored, or no value: there is nothing to take over */
    VB_OLD_READ,
    VB_OLD_REFUSED
};

/* What was read of one section. */
struct vb_old_section {
    uint8_t section; /* id */
    enum vb_old_verdict verdict;
    enum vb_err err;         /* REFUSED: why, and ... */
    const char *key;         /* ... the key at fault; NULL: no single one */
    struct vb_reason reason; /* if the schema refuses a value; else its tag is 0 */
    bool secret_left;        /* READ: there is a secret, but not among the changes */
    uint16_t size;           /* READ: of the changes, in the form of vb_section_merge() */
    uint8_t bytes[VB_OLD_CHANGES_BYTES_MAX];
};

/* Reads section `index` of VB_OLD_SECTIONS. with_secrets: whether the changes may hold secrets. */
void vb_old_section_read(const struct vb_old_keys *keys, unsigned index, bool with_secrets,
                         struct vb_old_section *old);

/* A line for the log: "old settings, mqtt: mqtt_cid is too long". */
void vb_old_section_text(const struct vb_old_section *old, char *text, size_t capacity);

VB_C_END

#endif
