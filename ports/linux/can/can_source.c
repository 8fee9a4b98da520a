#include "linux/can/can_source.h"

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "linux/can/can_socket.h"
#include "linux/system/log.h"

enum {
    FRAMES_PER_TURN_MAX = 256,
    SENDS_PER_TURN_MAX = 4, /* a request or a flow control counts as one */
    ERROR_SIZE = 256
};

const char vb_can_source_form[] = "can:INTERFACE";
const char vb_can_source_usage[] =
    "can:INTERFACE    the battery of a Nissan Leaf on a CAN interface: can:can0";

struct vb_can_source {
    struct vb_can_source_options options;
    char interface[IF_NAMESIZE];
    int fd;
    bool said_faulty;
    struct vb_can_reader reader;
};

/* == Its work ================================================================================ */

/* Logged once, until it works again. */
static void say_fault(struct vb_can_source *source, const char *what, int reason)
{
    if (source->said_faulty)
        return;
    source->said_faulty = true;
    if (reason == ENETDOWN)
        vb_log(VB_LOG_WARNING, "the CAN interface %s is down: \"ip link set %s up\"",
               source->interface, source->interface);
    else if (reason == ENODEV || reason == ENXIO)
        vb_log(VB_LOG_ERROR,
               "the CAN interface %s is gone: plug its adapter in, bring it up, and start the "
               "transmitter again",
               source->interface);
    else if (reason == ENOBUFS)
        vb_log(VB_LOG_WARNING,
               "nothing on %s accepts frames: check the wires, the termination and the bit rate",
               source->interface);
    else
        vb_log(VB_LOG_WARNING, "the CAN interface %s cannot %s: %s", source->interface, what,
               strerror(reason));
}

static void work(void *ctx)
{
    struct vb_can_source *source = ctx;
    const uint32_t now_ms = vb_now_ms();
    struct vb_can_frame frame;
    for (unsigned i = 0;
         i < SENDS_PER_TURN_MAX && vb_can_reader_output(&source->reader, now_ms, &frame); i++) {
        if (vb_can_socket_send(source->fd, &frame))
            source->said_faulty = false;
        else
            say_fault(source, "send", errno);
    }
    vb_can_reader_say_changes(&source->reader);
    vb_loop_timer(source->options.loop, vb_can_reader_wakeup_ms(&source->reader, now_ms), work,
                  source);
}

static void on_readable(void *ctx)
{
    struct vb_can_source *source = ctx;
    for (unsigned i = 0; i < FRAMES_PER_TURN_MAX; i++) {
        struct vb_can_frame frame;
        const enum vb_can_received received = vb_can_socket_receive(source->fd, &frame);
        if (received == VB_CAN_FAULT)
            say_fault(source, "be read", errno);
        if (received != VB_CAN_RECEIVED)
            break;
        const struct vb_clock clock = {.now_ms = vb_now_ms(), .wall_ms = vb_wall_ms()};
        vb_can_reader_input(&source->reader, &clock, &frame);
    }
    work(source);
}

/* == Life ==================================================================================== */

bool vb_can_source_named(const char *text)
{
    return strcmp(text, "can") == 0 || strncmp(text, "can:", strlen("can:")) == 0;
}

/* Parses "can0,battery=leaf". NULL and *error on failure. */
static const struct vb_can_battery *parse(const char *arguments, char interface[IF_NAMESIZE],
                                          struct vb_source_error *error)
{
    static const char option[] = "battery=";
    const size_t length = strcspn(arguments, ",");
    const char *rest = arguments + length;
    if (length == 0 || length >= IF_NAMESIZE) {
        vb_source_error_set(error,
                            "source can needs an interface of 1 to %d characters: "
                            "expected can:can0",
                            IF_NAMESIZE - 1);
        return NULL;
    }
    memcpy(interface, arguments, length);
    interface[length] = '\0';
    if (*rest == '\0')
        return vb_can_battery_named(NULL);
    rest++;
    const bool named = strncmp(rest, option, strlen(option)) == 0;
    const struct vb_can_battery *battery =
        named ? vb_can_battery_named(rest + strlen(option)) : NULL;
    if (battery == NULL)
        vb_source_error_set(error, "source can: \"%s\" is not known; expected battery=leaf",
                            vb_source_excerpt_of(rest).text);
    return battery;
}

struct vb_can_source *vb_can_source_on(int fd, const char *interface,
                                       const struct vb_can_battery *battery,
                                       const struct vb_can_poll_timing *timing,
                                       const struct vb_can_source_options *options,
                                       struct vb_source_error *error)
{
    struct vb_can_source *source = calloc(1, sizeof *source);
    if (source == NULL) {
        vb_source_error_set(error, "out of memory opening source can");
        error->fault = VB_SOURCE_FAULT_MEMORY;
        close(fd);
        return NULL;
    }
    source->options = *options;
    source->fd = fd;
    (void)snprintf(source->interface, sizeof source->interface, "%s", interface);
    const struct vb_can_reader_options reader = {.interface = source->interface,
                                                 .log = vb_log_device_sink(),
                                                 .on_reading = options->on_reading,
                                                 .ctx = options->ctx};
    vb_can_reader_init(&source->reader, battery, timing, &reader, vb_now_ms());
    if (!vb_loop_watch(options->loop, fd, on_readable, source)) {
        vb_source_error_set(error, "the CAN interface %s cannot be watched", source->interface);
        error->fault = VB_SOURCE_FAULT_MEMORY;
        vb_can_source_close(source);
        return NULL;
    }
    return source;
}

struct vb_can_source *vb_can_source_open(const char *text,
                                         const struct vb_can_source_options *options,
                                         struct vb_source_error *error)
{
    VB_ASSERT(vb_can_source_named(text));
    const char *arguments = text + strcspn(text, ":");
    char interface[IF_NAMESIZE];
    char why[ERROR_SIZE];
    const struct vb_can_battery *battery =
        parse(arguments + (*arguments == ':' ? 1 : 0), interface, error);
    if (battery == NULL) {
        error->fault = VB_SOURCE_FAULT_OPTION;
        return NULL;
    }
    const int fd = vb_can_socket_open(interface, battery, why, sizeof why);
    if (fd < 0) {
        vb_source_error_set(error, "%s", why);
        error->fault = VB_SOURCE_FAULT_DEVICE;
        return NULL;
    }
    return vb_can_source_on(fd, interface, battery, &vb_can_poll_timing_default, options, error);
}

void vb_can_source_close(struct vb_can_source *source)
{
    if (source == NULL)
        return;
    close(source->fd);
    free(source);
}

void vb_can_source_configure(struct vb_can_source *source, const struct vb_can_values *settings)
{
    vb_can_reader_configure(&source->reader, vb_now_ms(), settings);
    work(source);
}

struct vb_source_description vb_can_source_describe(const struct vb_can_source *source)
{
    const struct vb_can_battery *battery = source->reader.poll.decoder.battery;
    struct vb_source_description description = {.cell_count = battery->cell_count,
                                                .temp_count = battery->temp_count,
                                                .interval_ms = source->reader.poll.timing.round_ms};
    (void)snprintf(description.text, sizeof description.text,
                   "%s on CAN interface %s, %u cells, %u temperatures, asked every %" PRIu32 " ms",
                   battery->title, source->interface, battery->cell_count, battery->temp_count,
                   description.interval_ms);
    return description;
}

const struct vb_can_poll *vb_can_source_poll(const struct vb_can_source *source)
{
    return &source->reader.poll;
}
