/* The board's network over its console, whether or not it has one: whoever holds the cable owns the
 * board. And its settings, where somebody else obeys those lines.
 *
 *     wifi NAME          then
 *     passphrase TEXT    or: open
 *     none               it joins none, where it can do without
 *     forget             the next start is a first one again
 *     country AT         whose rules the radio keeps
 *     get, set           and what follows
 */
#ifndef VOLTBEACON_ESP_IDF_SETUP_CONSOLE_H
#define VOLTBEACON_ESP_IDF_SETUP_CONSOLE_H

#include <stdbool.h>

#include "esp-idf/voltbeacon/wifi_network.h"

VB_C_BEGIN

enum {
    VB_SETUP_LINE_SIZE = 96 /* the longest: a password of 64 with what is before it, and NUL */
};

struct vb_setup_settings {
    void *ctx;
    /* A line that begins with get or set; says the answer itself. NULL: there are no settings. */
    void (*obey)(void *ctx, const char *line);
};

struct vb_setup_console {
    const char *partition; /* of NVS */
    bool needs_network;    /* "none" is refused */
    struct vb_setup_settings settings;
    char name[sizeof((struct vb_wifi_network *)0)->name]; /* "" = none was given */
    char line[VB_SETUP_LINE_SIZE];
    unsigned size;    /* of the line */
    bool is_too_long; /* what comes up to its end is dropped */
};

/* needs_network: the board is nothing without one. */
void vb_setup_console_init(struct vb_setup_console *console, const char *partition,
                           bool needs_network);

/* A character that was typed. NULL, or the sentence to be shown; *restart: the board is to start
 * anew, for what it has stored. */
const char *vb_setup_console_type(struct vb_setup_console *console, char typed, bool *restart);

VB_C_END

#endif
