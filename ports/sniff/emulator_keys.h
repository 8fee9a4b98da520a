/* What the keys in a Battery-Emulator's records mean. */
#ifndef VOLTBEACON_SNIFF_EMULATOR_KEYS_H
#define VOLTBEACON_SNIFF_EMULATOR_KEYS_H

#include <stdbool.h>
#include <stdint.h>

struct vb_emulator_key {
    uint8_t key;
    const char *name;
    const char *unit;         /* "" = none */
    uint8_t decimals;         /* shown value = integer * 10^-decimals */
    bool brief;               /* shown without -v */
    bool decimal_octets;      /* of bytes: an IPv4 address */
    const char *const *words; /* of 0, 1 ...; NULL: a number */
    uint8_t word_count;
};

/* NULL if it is not known. */
const struct vb_emulator_key *vb_emulator_key_of(uint8_t key);

#endif
