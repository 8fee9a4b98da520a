#include "linux/events/event_port.h"

#include <stdlib.h>
#include <string.h>

static uint64_t add(void *ctx, const struct vb_occurrence *occurrence)
{
    return vb_event_log_add(((struct vb_event_port *)ctx)->log, occurrence);
}

static bool change(void *ctx, const struct vb_occurrence *occurrence)
{
    return vb_event_log_change(((struct vb_event_port *)ctx)->log, occurrence);
}

static const struct vb_occurrence *find(void *ctx, uint64_t id)
{
    return vb_event_log_find(((const struct vb_event_port *)ctx)->log, id);
}

static const struct vb_occurrence *before(void *ctx, uint64_t id)
{
    return vb_event_log_before(((const struct vb_event_port *)ctx)->log, id);
}

static bool note(void *ctx, const char *key, size_t offset, const char *piece, size_t size,
                 bool last)
{
    struct vb_event_port *port = ctx;
    if (port->draft == NULL)
        port->draft = malloc(VB_EVENT_LOG_NOTE_BYTES_MAX + 1);
    if (offset == 0)
        port->draft_size = 0;
    VB_ASSERT(offset == port->draft_size);
    if (port->draft == NULL || size > VB_EVENT_LOG_NOTE_BYTES_MAX - port->draft_size)
        return false;
    memcpy(port->draft + port->draft_size, piece, size);
    port->draft_size += size;
    port->draft[port->draft_size] = '\0';
    return !last || vb_event_log_note(port->log, key, port->draft);
}

static size_t noted(void *ctx, const char *key, size_t offset, char *bytes, size_t capacity)
{
    struct vb_event_port *port = ctx;
    if (offset == 0) {
        free(port->noted);
        port->noted = vb_event_log_noted(port->log, key);
        port->noted_size = port->noted == NULL ? 0 : strlen(port->noted);
    }
    VB_ASSERT(offset <= port->noted_size);
    const size_t left = port->noted_size - offset;
    const size_t size = left < capacity ? left : capacity;
    if (size > 0)
        memcpy(bytes, port->noted + offset, size);
    return size;
}

static bool waits(void *ctx)
{
    return vb_event_log_waits(((const struct vb_event_port *)ctx)->log);
}

static void flush(void *ctx)
{
    vb_event_log_flush(((struct vb_event_port *)ctx)->log);
}

void vb_event_port_open(struct vb_event_port *port, struct vb_event_log *log)
{
    *port = (struct vb_event_port){.store = {.ctx = port,
                                             .add = add,
                                             .change = change,
                                             .find = find,
                                             .before = before,
                                             .note = note,
                                             .noted = noted,
                                             .waits = waits,
                                             .flush = flush},
                                   .log = log};
}

void vb_event_port_close(struct vb_event_port *port)
{
    free(port->draft);
    free(port->noted);
    *port = (struct vb_event_port){.log = NULL};
}
