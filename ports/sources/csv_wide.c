/* The wide layout: one row per sweep of all cells, which carry one time stamp.
 *
 *     t_s,pack_v,pack_a,soc_pct,c01_mv,...,cNN_mv,t01_c,...,tMM_c
 *
 * t_s counts seconds of the day, without a date, or since 1970: a value that would be in the year
 * 2000 or later is taken as the latter, and may be in ms, us or ns as well, or be a date and time.
 * Cells are in mV, or in V if they are named c01_v, or if none of them could be a cell in mV.
 * pack_a is positive when discharging, the opposite of ours. A pack_v of 0 is a glitch of the
 * recorder, as is a cell of 0 mV; an empty field is a value that was not recorded. Other columns
 * may stand among these and are not read. A sweep is one answer of the battery, in which a change
 * of the load shows in all cells or in none.
 */
#include <stdio.h>

#include "sources/csv_layout.h"

#define DAY_S 86400
#define YEAR_2000_S 946684800
#define YEAR_2100_S 4102444800

static bool temp_name(unsigned index, char name[VB_CSV_NAME_SIZE])
{
    (void)snprintf(name, VB_CSV_NAME_SIZE, "t%02u_c", index + 1);
    return true;
}

/* Anything its owner likes to keep beside the readings is allowed, unless its name resembles one of
 * their columns: a misspelt cell, or one too many, must not go unnoticed. */
static bool left_out(const char *name)
{
    const char first = (char)(name[0] | 0x20);
    const bool is_like_ours = (first == 'c' || first == 't') && name[1] >= '0' && name[1] <= '9';
    return name[0] != '\0' && !is_like_ours;
}

static void volt_name(unsigned index, char name[VB_CSV_NAME_SIZE])
{
    (void)snprintf(name, VB_CSV_NAME_SIZE, "c%02u_v", index + 1);
}

/* Ranges wide enough for any pack, narrow enough to tell a value from a slipped column. */
const struct vb_csv_layout vb_csv_wide = {
    .name = "wide",
    .program = "your own script",
    .begins = "t_s,pack_v,pack_a,soc_pct,c01_mv",
    .first = "t_s",
    .expects = "c01_mv to c192_mv, then t01_c to t40_c, without a gap",
    .columns =
        {
            [VB_CSV_TIME] = {"t_s", 1000, {"a time", "s", 0, YEAR_2100_S}},
            [VB_CSV_VOLTAGE] = {"pack_v", 1000, {"a pack voltage", "V", 0, 1600}},
            [VB_CSV_CURRENT] = {"pack_a", -1000, {"a current", "A", -10000, 10000}},
            [VB_CSV_SOC] = {"soc_pct", 10, {"a state of charge", "%", 0, 100}},
            [VB_CSV_MARK] = {"t_s", 1000, {"a time", "s", 0, YEAR_2100_S}},
        },
    .time_wraps_ms = INT64_C(1000) * DAY_S,
    .utc_from_ms = INT64_C(1000) * YEAR_2000_S,
    .cells = &vb_csv_cell_range,
    .flags = VB_READING_TOGETHER,
    .cell_name = vb_csv_cell_name,
    .volt_name = volt_name,
    .temp_name = temp_name,
    .left_out = left_out,
    .says_left_out = true,
};
