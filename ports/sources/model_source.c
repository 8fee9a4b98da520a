/* A simulated pack as a source of readings: options, time and load. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/model_load.h"
#include "sources/model_monitor.h"
#include "sources/model_pack.h"
#include "sources/source_kind.h"

enum { DAY_S = 86400, OPTION_SIZE = 64, KNOWN_SIZE = 192 };

/* Not a valid value, so it stands for "not given": then cell 37 of 96, or the corresponding one in
 * other packs. */
#define WEAK_BY_DEFAULT UINT32_MAX

enum option {
    OPTION_CELLS,
    OPTION_TEMPS,
    OPTION_SEED,
    OPTION_HZ,
    OPTION_WEAK,
    OPTION_SOC,
    OPTION_HOUR,
    OPTION_FAST,
    OPTION_PROFILE,
    OPTION_BALANCING,
    OPTION_FROZEN,
    OPTION_LOWERED,
    OPTION_MISSING,
    OPTION_TORN,
    OPTION_AFTER,
    OPTION_LASTS,
    OPTION_COUNT
};

static const char *const profile_words[] = {
    [VB_MODEL_HOUSE] = "house", [VB_MODEL_DRIVE] = "drive", [VB_MODEL_STEPS] = "steps"};

struct option_row {
    const char *name;
    uint32_t low;
    uint32_t high;
    uint32_t fallback;
    const char *const *words; /* words instead of numbers, one for each of 0 to high */
};

/* weak, balancing, frozen, lowered, missing: a cell counted from 1, 0 = none. torn: 1 = cells are
 * read one after the other. after, lasts: when and how long in s frozen, lowered and missing hold;
 * lasts=0 = from then on. fast: how many times faster than the clock the pack's day
 * goes by, 1440 = a day a minute; the random steps of the load keep their pace. */
static const struct option_row option_rows[OPTION_COUNT] = {
    [OPTION_CELLS] = {"cells", 1, VB_CELLS_MAX, 96, NULL},
    [OPTION_TEMPS] = {"temps", 0, VB_TEMPS_MAX, 16, NULL},
    [OPTION_SEED] = {"seed", 0, UINT32_MAX, 1, NULL},
    [OPTION_HZ] = {"hz", 1, 100, 10, NULL},
    [OPTION_WEAK] = {"weak", 0, VB_CELLS_MAX, WEAK_BY_DEFAULT, NULL},
    [OPTION_SOC] = {"soc", 0, 100, 62, NULL},
    [OPTION_HOUR] = {"hour", 0, 23, 10, NULL},
    [OPTION_FAST] = {"fast", 1, 1440, 1, NULL},
    [OPTION_PROFILE] = {"profile", 0, VB_MODEL_STEPS, VB_MODEL_HOUSE, profile_words},
    [OPTION_BALANCING] = {"balancing", 0, VB_CELLS_MAX, 0, NULL},
    [OPTION_FROZEN] = {"frozen", 0, VB_CELLS_MAX, 0, NULL},
    [OPTION_LOWERED] = {"lowered", 0, VB_CELLS_MAX, 0, NULL},
    [OPTION_MISSING] = {"missing", 0, VB_CELLS_MAX, 0, NULL},
    [OPTION_TORN] = {"torn", 0, 1, 0, NULL},
    [OPTION_AFTER] = {"after", 0, UINT32_MAX, 0, NULL},
    [OPTION_LASTS] = {"lasts", 0, UINT32_MAX, 0, NULL},
};

struct sim {
    uint32_t options[OPTION_COUNT];
    uint64_t count; /* of readings so far */
    struct vb_model_load load;
    struct vb_model_pack pack;
    struct vb_model_monitor monitor;
};

static void set_unknown_option(struct vb_source_error *error, const char *text)
{
    char known[KNOWN_SIZE] = "";
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        strncat(known, i == 0 ? "" : ", ", sizeof known - strlen(known) - 1);
        strncat(known, option_rows[i].name, sizeof known - strlen(known) - 1);
    }
    vb_source_error_set(error,
                        "source sim has no option \"%s\"; expected NAME=VALUE with one of: %s",
                        vb_source_excerpt_of(text).text, known);
}

static bool parse_word(const struct option_row *row, const char *text, uint32_t *value)
{
    for (uint32_t i = 0; i <= row->high; i++) {
        if (strcmp(row->words[i], text) == 0) {
            *value = i;
            return true;
        }
    }
    return false;
}

static bool parse_number(const struct option_row *row, const char *text, uint32_t *value)
{
    const size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 10 || text[digits] != '\0')
        return false;
    const unsigned long long number = strtoull(text, NULL, 10);
    if (number < row->low || number > row->high)
        return false;
    *value = (uint32_t)number;
    return true;
}

static void set_bad_value(struct vb_source_error *error, const struct option_row *row,
                          const char *text)
{
    const struct vb_source_excerpt found = vb_source_excerpt_of(text);
    if (row->words != NULL) {
        char known[KNOWN_SIZE] = "";
        for (uint32_t i = 0; i <= row->high; i++) {
            strncat(known, i == 0 ? "" : " or ", sizeof known - strlen(known) - 1);
            strncat(known, row->words[i], sizeof known - strlen(known) - 1);
        }
        vb_source_error_set(error, "source sim: %s is \"%s\", expected %s", row->name, found.text,
                            known);
    } else {
        vb_source_error_set(
            error, "source sim: %s is \"%s\", expected a number from %" PRIu32 " to %" PRIu32,
            row->name, found.text, row->low, row->high);
    }
}

/* Parses one NAME=VALUE in place. */
static bool parse_option(char *text, uint32_t values[OPTION_COUNT], struct vb_source_error *error)
{
    char *equals = strchr(text, '=');
    if (equals != NULL)
        *equals = '\0';
    for (size_t i = 0; equals != NULL && i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_rows[i];
        if (strcmp(row->name, text) != 0)
            continue;
        const bool valid = row->words != NULL ? parse_word(row, equals + 1, &values[i])
                                              : parse_number(row, equals + 1, &values[i]);
        if (!valid)
            set_bad_value(error, row, equals + 1);
        return valid;
    }
    set_unknown_option(error, text);
    return false;
}

/* False and *error if an option names a cell that the pack does not have. */
static bool check_cells(const uint32_t values[OPTION_COUNT], struct vb_source_error *error)
{
    static const enum option naming[] = {OPTION_WEAK, OPTION_BALANCING, OPTION_FROZEN,
                                         OPTION_LOWERED, OPTION_MISSING};
    for (size_t i = 0; i < VB_COUNT_OF(naming); i++) {
        if (values[naming[i]] <= values[OPTION_CELLS])
            continue;
        vb_source_error_set(error,
                            "source sim: %s is %" PRIu32 ", expected a cell from 1 to %" PRIu32
                            ", or 0 for none",
                            option_rows[naming[i]].name, values[naming[i]], values[OPTION_CELLS]);
        return false;
    }
    return true;
}

static bool parse_options(const char *arguments, uint32_t values[OPTION_COUNT],
                          struct vb_source_error *error)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        values[i] = option_rows[i].fallback;
    for (const char *at = arguments; *at != '\0';) {
        const size_t length = strcspn(at, ",");
        char text[OPTION_SIZE];
        const size_t kept = length < sizeof text ? length : sizeof text - 1;
        memcpy(text, at, kept);
        text[kept] = '\0';
        if (!parse_option(text, values, error))
            return false;
        at += length + (at[length] == ',' ? 1 : 0);
    }
    if (values[OPTION_WEAK] == WEAK_BY_DEFAULT)
        values[OPTION_WEAK] = values[OPTION_CELLS] * 3 / 8 + 1;
    return check_cells(values, error);
}

/* The pack's time of day when the source has run for at_ms. */
static double day_s_at(const struct sim *sim, uint64_t at_ms)
{
    const double run_s = (double)at_ms / 1000 * sim->options[OPTION_FAST];
    return fmod(sim->options[OPTION_HOUR] * 3600.0 + run_s, DAY_S);
}

static void *sim_open(const char *arguments, const struct vb_source_options *options,
                      struct vb_source_error *error)
{
    (void)options; /* it never ends, so there is nothing to loop */
    struct sim *sim = calloc(1, sizeof *sim);
    if (sim == NULL) {
        vb_source_error_set(error, "there is no memory for a simulated pack");
        error->fault = VB_SOURCE_FAULT_MEMORY;
        return NULL;
    }
    if (!parse_options(arguments, sim->options, error)) {
        error->fault = VB_SOURCE_FAULT_OPTION;
        free(sim);
        return NULL;
    }
    const uint64_t seed = sim->options[OPTION_SEED];
    const struct vb_model_pack_config config = {
        .seed = seed,
        .cell_count = (uint8_t)sim->options[OPTION_CELLS],
        .temp_count = (uint8_t)sim->options[OPTION_TEMPS],
        .weak_cell = (uint8_t)sim->options[OPTION_WEAK],
        .balancing_cell = (uint8_t)sim->options[OPTION_BALANCING],
        .soc_percent = (uint8_t)sim->options[OPTION_SOC],
        .ambient_c = vb_model_ambient(day_s_at(sim, 0)),
    };
    const struct vb_model_monitor_config monitor = {
        .seed = seed,
        .frozen_cell = (uint8_t)sim->options[OPTION_FROZEN],
        .lowered_cell = (uint8_t)sim->options[OPTION_LOWERED],
        .missing_cell = (uint8_t)sim->options[OPTION_MISSING],
        .torn = sim->options[OPTION_TORN] != 0,
        .after_ms = UINT64_C(1000) * sim->options[OPTION_AFTER],
        .lasts_ms = UINT64_C(1000) * sim->options[OPTION_LASTS],
    };
    vb_model_pack_init(&sim->pack, &config);
    vb_model_monitor_init(&sim->monitor, &monitor);
    /* A random stream of its own, so that the load does not depend on the number of cells. */
    vb_model_load_init(&sim->load, (enum vb_model_profile)sim->options[OPTION_PROFILE], ~seed);
    return sim;
}

static void sim_close(void *state)
{
    free(state);
}

static enum vb_source_result sim_next(void *state, struct vb_reading *reading, uint64_t *at_ms,
                                      struct vb_source_error *error)
{
    (void)error; /* a model cannot fail */
    struct sim *sim = state;
    const uint64_t now_ms = sim->count * 1000 / sim->options[OPTION_HZ];
    const double step_s = (double)sim->options[OPTION_FAST] / sim->options[OPTION_HZ];
    const double day_s = day_s_at(sim, now_ms);
    const double asked_a =
        vb_model_load_current(&sim->load, now_ms, day_s, vb_model_pack_soc(&sim->pack));
    vb_model_pack_step(&sim->pack, asked_a, vb_model_ambient(day_s), sim->count == 0 ? 0 : step_s);
    vb_model_pack_sample(&sim->pack, reading);
    vb_model_monitor_apply(&sim->monitor, now_ms, reading);
    sim->count++;
    *at_ms = now_ms;
    return VB_SOURCE_READING;
}

static void sim_describe(const void *state, struct vb_source_description *description)
{
    const struct sim *sim = state;
    const uint32_t *options = sim->options;
    char weak[24] = "no weak cell";
    if (options[OPTION_WEAK] > 0)
        (void)snprintf(weak, sizeof weak, "cell %" PRIu32 " weak", options[OPTION_WEAK]);
    description->cell_count = (uint8_t)options[OPTION_CELLS];
    description->temp_count = (uint8_t)options[OPTION_TEMPS];
    description->interval_ms = 1000 / options[OPTION_HZ];
    description->endless = true;
    (void)snprintf(description->text, sizeof description->text,
                   "simulated pack, %" PRIu32 " cells (%s), %" PRIu32 " temperatures, %" PRIu32
                   " Hz, profile %s, %" PRIu32 " times as fast, seed %" PRIu32,
                   options[OPTION_CELLS], weak, options[OPTION_TEMPS], options[OPTION_HZ],
                   profile_words[options[OPTION_PROFILE]], options[OPTION_FAST],
                   options[OPTION_SEED]);
}

const struct vb_source_kind vb_source_sim = {
    .name = "sim",
    .form = "sim[:OPTION,...]",
    .usage = "sim[:OPTION,...] a simulated pack: cells=96, temps=16, seed=1, hz=10,\n"
             "                 weak=37, soc=62, hour=10, fast=1,\n"
             "                 profile=house|drive|steps; its faults:\n"
             "                 balancing=CELL, frozen=CELL, lowered=CELL, missing=CELL,\n"
             "                 torn=1, after=S, lasts=S",
    .open = sim_open,
    .close = sim_close,
    .next = sim_next,
    .describe = sim_describe,
};
