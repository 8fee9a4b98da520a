#include "tune.h"

#include <stdio.h>
#include <string.h>

#include "voltbeacon/core/section.h"

struct row {
    uint8_t section;
    const char *name;
    uint32_t low;
    uint32_t high;
};

static void put(struct tuning *tuning, struct vb_writer *writer, const char *name, uint32_t value)
{
    vb_change_integer(writer, vb_field_by_name(vb_section_by_id(tuning->section), name), value);
    tuning->size = writer->at;
}

static void put_text(struct tuning *tuning, struct vb_writer *writer, const char *name,
                     const char *text)
{
    vb_change_bytes(writer, vb_field_by_name(vb_section_by_id(tuning->section), name),
                    (const uint8_t *)text, strlen(text));
    tuning->size = writer->at;
}

static struct tuning of_row(struct vb_random *dice, const struct row *row)
{
    struct tuning tuning = {.section = row->section};
    struct vb_writer writer = vb_writer_of(tuning.bytes, sizeof tuning.bytes);
    put(&tuning, &writer, row->name, vb_random_between(dice, row->low, row->high));
    return tuning;
}

static struct tuning of_broker(struct vb_random *dice)
{
    struct tuning tuning = {.section = VB_SECTION_MQTT};
    struct vb_writer writer = vb_writer_of(tuning.bytes, sizeof tuning.bytes);
    char text[32];
    put(&tuning, &writer, "enabled", vb_random_between(dice, 0, 1));
    snprintf(text, sizeof text, "broker%u.lan", (unsigned)vb_random_between(dice, 1, 3));
    put_text(&tuning, &writer, "server", text);
    snprintf(text, sizeof text, "secret-%u", (unsigned)vb_random_between(dice, 1, 99999));
    if (vb_random_between(dice, 0, 1) == 1)
        put_text(&tuning, &writer, "password", text);
    return tuning;
}

struct tuning tune_transmitter(struct vb_random *dice)
{
    static const struct row rows[] = {{VB_SECTION_MQTT, "keepalive_s", 5, 3600},
                                      {VB_SECTION_CAN, "listen_only", 0, 1},
                                      {VB_SECTION_TELEMETRY, "interval_ms", 100, 5000},
                                      {VB_SECTION_TELEMETRY, "path", 0, 3}};
    const uint32_t place = vb_random_between(dice, 0, VB_COUNT_OF(rows));
    return place == VB_COUNT_OF(rows) ? of_broker(dice) : of_row(dice, &rows[place]);
}

struct tuning tune_stream_back(void)
{
    struct tuning tuning = {.section = VB_SECTION_TELEMETRY};
    struct vb_writer writer = vb_writer_of(tuning.bytes, sizeof tuning.bytes);
    put(&tuning, &writer, "interval_ms", 100);
    put(&tuning, &writer, "path", VB_PATH_BOTH);
    return tuning;
}

struct tuning tune_receiver(struct vb_random *dice)
{
    static const struct row rows[] = {{VB_SECTION_HISTORY, "enabled", 0, 1},
                                      {VB_SECTION_HISTORY, "keep_1h_days", 3650, 36500},
                                      {VB_SECTION_HISTORY, "write_interval_s", 1, 3600},
                                      {VB_SECTION_ALARMS, "readings_stopped_s", 5, 600},
                                      {VB_SECTION_ALARMS, "cell_hysteresis_mv", 0, 100},
                                      {VB_SECTION_RECEIVER, "persist_cache", 0, 1}};
    const uint32_t place = vb_random_between(dice, 0, VB_COUNT_OF(rows));
    if (place < VB_COUNT_OF(rows))
        return of_row(dice, &rows[place]);
    struct tuning tuning = {.section = VB_SECTION_DISPLAY};
    struct vb_writer writer = vb_writer_of(tuning.bytes, sizeof tuning.bytes);
    put_text(&tuning, &writer, "timezone",
             vb_random_between(dice, 0, 1) == 1 ? "Europe/Vienna" : "UTC");
    return tuning;
}

struct tuning tune_cache_back(void)
{
    struct tuning tuning = {.section = VB_SECTION_RECEIVER};
    struct vb_writer writer = vb_writer_of(tuning.bytes, sizeof tuning.bytes);
    put(&tuning, &writer, "persist_cache", 1);
    return tuning;
}
