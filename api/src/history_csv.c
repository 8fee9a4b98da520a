/* A history as CSV, for spreadsheets: a comment that says what it is, a line of names with their
 * units, a line for each point. Unknown values are empty. */
#include "history_answer.h"

#include <stdarg.h>
#include <stdio.h>

#include "voltbeacon/api/calendar.h"

enum part { PART_COMMENT, PART_NAMES, PART_TEMPERATURES, PART_CELLS, PART_POINTS };

/* Text beside JSON: into the same bounded buffer. */
static void VB_PRINTF(2, 3) put(struct vb_json *text, const char *format, ...)
{
    const size_t left = text->capacity - text->at;
    va_list args;
    va_start(args, format);
    const int size = vsnprintf(text->text + text->at, left, format, args);
    va_end(args);
    VB_ASSERT(size >= 0);
    if ((size_t)size >= left)
        text->failed = true;
    else
        text->at += (size_t)size;
}

static void put_comment(struct vb_json *text, const struct vb_history_ask *ask, bool by_cell)
{
    char mac[VB_MAC_TEXT_SIZE];
    char from[VB_MOMENT_TEXT_SIZE];
    char to[VB_MOMENT_TEXT_SIZE];
    vb_mac_format(&ask->span.mac, mac);
    vb_moment_format(ask->from_s, from);
    vb_moment_format(ask->span.to_s, to);
    put(text,
        "# Voltbeacon, transmitter %s, %s to %s; a line covers the %u s from its time on; "
        "time zone UTC; positive current charges; %s\r\n",
        mac, from, to, (unsigned)ask->span.step_s,
        by_cell ? "cells count from 1" : "cells and sensors are not kept one by one");
}

static void put_names(struct vb_json *text, const char *name, unsigned number, const char *unit)
{
    static const char *const kinds[] = {"min", "mean", "max"};
    for (size_t i = 0; i < VB_COUNT_OF(kinds); i++) {
        if (number == 0)
            put(text, ",%s %s [%s]", name, kinds[i], unit);
        else
            put(text, ",%s %u %s [%s]", name, number, kinds[i], unit);
    }
}

/* "20261122T200000": of a file's name. */
static void put_compact(struct vb_json *text, int64_t at_s)
{
    char moment[VB_MOMENT_TEXT_SIZE];
    vb_moment_format(at_s, moment);
    for (const char *at = moment; *at != '\0' && *at != 'Z'; at++) {
        if (*at != '-' && *at != ':')
            put(text, "%c", *at);
    }
}

void vb_history_csv_name(const struct vb_history_ask *ask, char *name, size_t capacity)
{
    struct vb_json text = vb_json_of(name, capacity - 1);
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&ask->span.mac, mac);
    put(&text, "attachment; filename=\"voltbeacon-");
    for (const char *at = mac; *at != '\0'; at++) {
        if (*at != ':')
            put(&text, "%c", *at);
    }
    put(&text, "-");
    put_compact(&text, ask->from_s);
    put(&text, "-to-");
    put_compact(&text, ask->span.to_s);
    put(&text, "-%us.csv\"", (unsigned)ask->span.step_s);
    VB_ASSERT(!text.failed);
    name[text.at] = '\0';
}

/* ",3712,3715.3,3720": the JSON writer adds the commas, as in a list. */
static void put_value(struct vb_json *text, const struct vb_rollup_value *value, unsigned decimals)
{
    if (value->count == 0) {
        put(text, ",,,");
        return;
    }
    vb_json_fixed(text, NULL, value->min, decimals);
    vb_json_fixed(text, NULL, vb_rollup_mean_tenths(value), decimals + 1);
    vb_json_fixed(text, NULL, value->max, decimals);
}

static void put_singles(struct vb_json *text, const struct vb_history_ask *ask,
                        const struct vb_history_view *point)
{
    for (unsigned i = 0; i < ask->temp_count; i++)
        put_value(text, &point->temps_dc[i], 1);
    for (unsigned i = 0; i < VB_CELLS_MAX; i++) {
        if (vb_history_wants_cell(ask, i))
            put_value(text, &point->cells_mv[i], 0);
    }
}

static void put_point(struct vb_json *text, const struct vb_history_ask *ask, int64_t at_s,
                      const struct vb_history_view *point)
{
    char moment[VB_MOMENT_TEXT_SIZE];
    vb_moment_format(at_s, moment);
    put(text, "%s", moment);
    text->comma = true;
    vb_json_integer(text, NULL, at_s);
    vb_json_integer(text, NULL, point->readings);
    put_value(text, &point->pack_mv, 3);
    put_value(text, &point->current_ma, 3);
    put_value(text, &point->soc_permille, 1);
    if (point->cells_mv == NULL) {
        put_value(text, &point->all_temps_dc, 1);
        put_value(text, &point->all_cells_mv, 0);
    } else {
        put_singles(text, ask, point);
    }
    put(text, "\r\n");
}

/* The line of names: one piece per sensor and cell, since 192 of them do not fit into one. */
static bool names_piece(struct vb_response *response, struct vb_json *text)
{
    const struct vb_history_ask *ask = &response->history;
    struct vb_place *at = &response->at;
    if (at->part == PART_NAMES) {
        put(text, "time (UTC),time [s since 1970],readings");
        put_names(text, "pack voltage", 0, "V");
        put_names(text, "current", 0, "A");
        put_names(text, "state of charge", 0, "%");
        if (!response->api->history->by_cell) {
            put_names(text, "all temperatures", 0, "degC");
            put_names(text, "all cells", 0, "mV");
        }
        at->part = PART_TEMPERATURES;
    } else if (at->part == PART_TEMPERATURES && at->item < ask->temp_count) {
        at->item++;
        put_names(text, "temperature", at->item, "degC");
    } else if (at->part == PART_TEMPERATURES) {
        at->part = PART_CELLS;
        at->item = 0;
    } else if (at->item < VB_CELLS_MAX) {
        if (vb_history_wants_cell(ask, at->item))
            put_names(text, "cell", at->item + 1u, "mV");
        at->item++;
    } else {
        at->part = PART_POINTS;
        put(text, "\r\n");
    }
    return true;
}

bool vb_history_csv_piece(struct vb_response *response, struct vb_json *json)
{
    const struct vb_history_ask before = response->history;
    struct vb_history_view point;
    int64_t at_s;
    if (response->at.part == PART_COMMENT) {
        put_comment(json, &before, response->api->history->by_cell);
        response->at.part = PART_NAMES;
        return true;
    }
    if (response->at.part != PART_POINTS)
        return names_piece(response, json);
    const enum vb_err err = vb_history_next(response, &at_s, &point);
    if (err == VB_ERR_OK)
        put_point(json, &before, at_s, &point);
    else if (err != VB_ERR_NOT_FOUND)
        put(json, "# The history could not be read to the end; the receiver's log says why.\r\n");
    if (json->failed)
        response->history = before; /* it is asked for once more */
    return err == VB_ERR_OK;
}
