/* Commands to a transmitter on its own machine, as text: `get`, `set`. A line in, an answer out;
 * for a change once it has been stored, or has failed. Transporting lines and answers is up to the
 * platform: a socket, a serial line.
 *
 *     get                              all settings, a line each
 *     get|mqtt|network.ip_mode         those of a section, and one
 *     set|mqtt.port=1884|mqtt.enabled=1 all of them in one edit, or none
 *
 * The words are separated by VB_CONSOLE_SEPARATOR, so that values may contain spaces. */
#ifndef VOLTBEACON_DEVICE_TRANSMITTER_CONSOLE_H
#define VOLTBEACON_DEVICE_TRANSMITTER_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/transmitter.h"
#include "voltbeacon/device/console.h"

VB_C_BEGIN

enum { VB_CONSOLE_WAITING_MAX = VB_LOCAL_EDITS_MAX /* pending changes */ };

/* Delivers the answer to that request. One that starts with "error " is a refusal. */
typedef void (*vb_console_reply_fn)(void *ctx, uint64_t request, const char *text);

/* A change, until its outcome is known. */
struct vb_console_waiting {
    uint64_t edit; /* 0 = unused */
    uint64_t request;
    uint8_t section;
    uint8_t secret; /* tag of a secret in that section that is set and not named; 0 = none */
};

struct vb_console_change {
    const struct vb_section *section;
    bool names_secret;
    struct vb_writer writer;
    uint8_t bytes[VB_EDIT_BYTES_MAX];
};

struct vb_transmitter_console {
    struct vb_transmitter *core;
    const bool *booted; /* whether the settings could be read */
    vb_console_reply_fn reply;
    void *ctx;
    struct vb_console_waiting waiting[VB_CONSOLE_WAITING_MAX];
    struct vb_console_change changes[VB_LOCAL_SECTIONS_MAX]; /* while a line is being parsed */
    unsigned change_count;
    char *text; /* the caller's: for an answer */
    size_t text_size;
    char line[VB_CONSOLE_LINE_SIZE];
};

/* While *booted is false the core is not accessed: every line is answered with an error that
 * settings cannot be read. text remains the caller's; an answer that does not fit is truncated. */
void vb_transmitter_console_init(struct vb_transmitter_console *console,
                                 struct vb_transmitter *core, const bool *booted, char *text,
                                 size_t text_size, vb_console_reply_fn reply, void *ctx);

/* A line of at most VB_CONSOLE_LINE_SIZE - 1 bytes; the rest is ignored. Each is answered once,
 * immediately or by vb_transmitter_console_look(). False if it starts with neither get nor set:
 * then there is no answer, except before the core has booted. */
VB_MUST_USE bool vb_transmitter_console_line(struct vb_transmitter_console *console,
                                             uint32_t now_ms, uint64_t request, const char *line);

/* Call after each turn with input to the core: answers the changes that have ended. It asks the
 * core for each one, so neither dropped events nor a late call lose an answer: each line begins
 * with such a call. */
void vb_transmitter_console_look(struct vb_transmitter_console *console);

/* Whether a change is still pending. */
bool vb_transmitter_console_waits(const struct vb_transmitter_console *console);
/* The transmitter stops: answers ended changes, and for pending ones that their outcome is unknown.
 * No line may follow. */
void vb_transmitter_console_end(struct vb_transmitter_console *console);

VB_C_END

#endif
