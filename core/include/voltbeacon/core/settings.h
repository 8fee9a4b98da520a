/* The receiver's own sections (`receiver`, `display`), in their own namespace: what the device
 * itself owns.
 *
 * Same form, same validation, same asynchronous commit as the transmitter's sections, but no
 * link. */
#ifndef VOLTBEACON_SETTINGS_H
#define VOLTBEACON_SETTINGS_H

#include "voltbeacon/core/cache.h"
#include "voltbeacon/core/kept.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/section.h"
#include "voltbeacon/core/store.h"

VB_C_BEGIN

enum {
    VB_SETTINGS_SECTIONS_MAX = 4,
    VB_SETTINGS_SECTION_BYTES = 512, /* of one section, including fields of later firmware */
    VB_SETTINGS_BYTES = VB_SETTINGS_SECTIONS_MAX * VB_SETTINGS_SECTION_BYTES,
    /* The largest batch: every section with its version, and what earlier firmware named it. */
    VB_SETTINGS_BATCH_BYTES =
        VB_SETTINGS_BYTES +
        VB_SETTINGS_SECTIONS_MAX * (VB_KEPT_HEAD_BYTES + 4 + 2 * VB_STORE_OP_BYTES)
};

struct vb_settings {
    const struct vb_store *store; /* NULL: memory only */
    struct vb_cache live;
    struct vb_cache staged;
    uint8_t live_bytes[VB_SETTINGS_BYTES];
    uint8_t staged_bytes[VB_SETTINGS_BYTES];
    uint32_t token; /* of the commit under way; 0 = none */
    uint32_t next_token;
    uint32_t doubtful; /* bit n: the store may hold other content for the n-th section */
    /* Bit n, of the n-th section: */
    uint32_t unreadable; /* could not be read: defaults apply, and it cannot be changed */
    uint32_t damaged;    /* defaults apply, and the next change overwrites it */
    uint32_t old_form;   /* stored without a checksum: the next change adds one */
    uint32_t repaired;   /* stored fields that were out of range and got their default on load */
};

/* Loads; sections that are absent, damaged or unreadable take their defaults. The store must
 * outlive the settings. */
void vb_settings_init(struct vb_settings *settings, const struct vb_store *store);
/* Retries what could not be read. True if something was: the caller applies it. */
bool vb_settings_reread(struct vb_settings *settings);

/* Validates all changes together and starts one commit. VB_ERR_OK: *token comes back through
 * vb_settings_committed(); until then the old values hold; *token is 0 if there is nothing
 * to store (or no store) and the values hold already. With no changes (count 0) it rewrites
 * what is stored without a checksum. VB_ERR_BUSY; VB_ERR_NOT_FOUND; VB_ERR_STORE: the
 * section could not be read yet; VB_ERR_OUT_OF_RANGE with the section at fault and the
 * reasons. */
VB_MUST_USE enum vb_err vb_settings_change(struct vb_settings *settings,
                                           const struct vb_section_change *changes, uint8_t count,
                                           uint32_t *token, uint8_t *bad_section,
                                           struct vb_reasons *reasons);
/* VB_ERR_STORE: nothing changed. VB_ERR_UNCERTAIN: the old values hold; the next start may find the
 * new ones, unless a change is made before that: it writes these sections too. */
void vb_settings_committed(struct vb_settings *settings, uint32_t token, enum vb_err result);

/* Decodes the section's current content into *values. */
void vb_settings_values(const struct vb_settings *settings, uint8_t section, void *values);
uint32_t vb_settings_version(const struct vb_settings *settings, uint8_t section);
uint32_t vb_settings_hash(const struct vb_settings *settings, uint8_t section);

VB_C_END

#endif
