/* What is said to a transmitter on its own machine, in words: `get`, `set`. A line in, an answer in
 * text; of a change once it is stored, or is not. How the lines come and the answers go is the
 * platform's: a socket, a serial line.
 *
 *     get                              all settings, a line each
 *     get|mqtt|network.ip_mode         those of a section, and one
 *     set|mqtt.port=1884|mqtt.enabled=1 all of them in one edit, or none
 *
 * The words are separated by VB_CONSOLE_SEPARATOR, so that values may hold spaces. */
#ifndef VOLTBEACON_DEVICE_TRANSMITTER_CONSOLE_H
#define VOLTBEACON_DEVICE_TRANSMITTER_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/transmitter.h"
#include "voltbeacon/device/console.h"

VB_C_BEGIN

enum { VB_CONSOLE_WAITING_MAX = VB_LOCAL_EDITS_MAX /* changes under way */ };

/* Gives the answer to the request of that number. One that begins with "error " is a refusal. */
typedef void (*vb_console_reply_fn)(void *ctx, uint64_t request, const char *text);

/* A change, until its outcome is known. */
struct vb_console_waiting {
    uint64_t edit; /* 0 = not used */
    uint64_t request;
    uint8_t section;
    uint8_t secret; /* tag of one in that section that is set and not named; 0 = none is */
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
    struct vb_console_change changes[VB_LOCAL_SECTIONS_MAX]; /* while a line is read */
    unsigned change_count;
    char *text; /* the caller's: of an answer */
    size_t text_size;
    char line[VB_CONSOLE_LINE_SIZE];
};

/* While *booted is false the core is not looked at: every line is answered that its settings cannot
 * be read. text stays the caller's; an answer that does not fit into it is cut off. */
void vb_transmitter_console_init(struct vb_transmitter_console *console,
                                 struct vb_transmitter *core, const bool *booted, char *text,
                                 size_t text_size, vb_console_reply_fn reply, void *ctx);

/* A line of at most VB_CONSOLE_LINE_SIZE - 1 bytes; what is beyond is not read. Each is answered
 * once, at once or by vb_transmitter_console_look(). False where it begins with neither get nor
 * set: nothing is answered then, but before the core has booted. */
VB_MUST_USE bool vb_transmitter_console_line(struct vb_transmitter_console *console,
                                             uint32_t now_ms, uint64_t request, const char *line);

/* After each turn in which the core was told anything: answers the changes that have ended. It asks
 * the core for each, so events that are dropped lose no answer, nor does a look that comes late:
 * each line begins with one. */
void vb_transmitter_console_look(struct vb_transmitter_console *console);

/* Whether a change is still under way. */
bool vb_transmitter_console_waits(const struct vb_transmitter_console *console);
/* The transmitter stops: what has ended is answered, and of what is still under way that nobody
 * knows what becomes of it. No line may come after it. */
void vb_transmitter_console_end(struct vb_transmitter_console *console);

VB_C_END

#endif
