/* LeafSpy Pro's log of a Nissan Leaf, one row per poll of the car.
 *
 *     Date/Time,Lat,Long,Elv,...,SOC,AHr,Pack Volts,Pack Amps,...,Pack T1 C,...,CP1,...,CP96,...
 *
 * Versions of the program differ in the columns they append, and people remove Lat, Long and VIN,
 * so columns are found by their names; those not named here are not read. Since 2017 rows hold one
 * to three more values than the header has names, after the last named one. The program writes a
 * header when it creates a file, not when it is restarted, so a file may have none: then the
 * columns on which all versions agree are used, if their contents fit.
 *
 * - CP1 to CP96 are mV; a minus sign is the cell's shunt bit, taken for "is being balanced".
 * - Pack Amps is positive when discharging, the opposite of ours. SOC is in 1/10000 %.
 * - "epoch time" is in seconds since 1970 UTC. Date/Time is local, names no zone, and is written as
 *   the phone writes dates; it is used, as UTC, where a file lacks the other.
 * - "na" is a value the car did not give, "none" a sensor that is not fitted (the third of four
 *   temperatures, from 2013 on): it keeps its number.
 * - The car measures its cells one after the other, so a load step splits a row. When it does not
 *   answer, the previous row's cells are repeated, next to newer pack values.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/csv_layout.h"
#include "sources/csv_row.h"

enum {
    CELLS = 96,
    TEMPS = 4,
    PLACE_SOC = 4, /* of the columns without Lat, Long and VIN, from 0 */
    PLACE_VOLTAGE = 6,
    PLACE_CURRENT = 7,
    PLACE_FIRST_TEMP = 14, /* after each in F comes one in C */
    PLACE_FIRST_CELL = 21,
    PLACE_TIME = 131,
    POSITION_COLUMNS = 2, /* Lat and Long, after Date/Time */
    VIN_COLUMNS = 1       /* after the cells */
};

/* Anywhere on earth, local time differs from UTC by less than this. */
static const int64_t zone_ms_max = INT64_C(15) * 3600 * 1000;

static const struct vb_csv_range cell_range = {"a cell voltage", "mV", -VB_CELL_MV_MAX,
                                               VB_CELL_MV_MAX};

static void cell_name(unsigned index, char name[VB_CSV_NAME_SIZE])
{
    (void)snprintf(name, VB_CSV_NAME_SIZE, "CP%u", index + 1);
}

static bool temp_name(unsigned index, char name[VB_CSV_NAME_SIZE])
{
    (void)snprintf(name, VB_CSV_NAME_SIZE, "Pack T%u C", index + 1);
    return index < TEMPS;
}

static bool left_out(const char *name)
{
    (void)name; /* there are dozens, more with each version */
    return true;
}

static bool is_near(const struct vb_csv_date *date, enum vb_csv_date_order order, int64_t utc_ms)
{
    int64_t local_ms = 0;
    return vb_csv_date_ms(date, order, &local_ms) && llabs(local_ms - utc_ms) < zone_ms_max;
}

/* Whether the row has, at that place, a time that in some zone is the date of its first field. */
static bool is_time_at(const struct vb_csv_lines *row, uint32_t place)
{
    struct vb_csv_date date;
    double utc_s = 0;
    struct vb_source_error ignored;
    if (place >= row->field_count || place >= VB_CSV_FIELDS_MAX ||
        !vb_csv_date_parse(row->fields[0], &date) ||
        vb_csv_number(row, place, &vb_csv_leafspy.columns[VB_CSV_TIME].range, &utc_s, &ignored) !=
            VB_CSV_NUMBER)
        return false;
    const int64_t utc_ms = llround(utc_s * 1000);
    return is_near(&date, VB_CSV_DATE_MONTH_FIRST, utc_ms) ||
           is_near(&date, VB_CSV_DATE_DAY_FIRST, utc_ms) ||
           is_near(&date, VB_CSV_DATE_YEAR_FIRST, utc_ms);
}

static bool match_row(const struct vb_csv_lines *row, struct vb_csv_shape *shape)
{
    static const uint32_t added[][2] = {
        {0, 0}, {POSITION_COLUMNS, VIN_COLUMNS}, {0, VIN_COLUMNS}, {POSITION_COLUMNS, 0}};
    for (size_t i = 0; i < VB_COUNT_OF(added); i++) {
        const uint32_t before = added[i][0];
        const uint32_t time = PLACE_TIME + before + added[i][1];
        if (!is_time_at(row, time))
            continue;
        *shape = (struct vb_csv_shape){
            .field_count = time + 1,
            .columns = {[VB_CSV_TIME] = time,
                        [VB_CSV_VOLTAGE] = PLACE_VOLTAGE + before,
                        [VB_CSV_CURRENT] = PLACE_CURRENT + before,
                        [VB_CSV_SOC] = PLACE_SOC + before,
                        [VB_CSV_MARK] = VB_CSV_ABSENT},
            .cell_scale = 1,
            .cell_count = CELLS,
            .temp_count = TEMPS,
        };
        for (uint32_t k = 0; k < CELLS; k++)
            shape->cells[k] = (uint16_t)(PLACE_FIRST_CELL + before + k);
        for (uint32_t k = 0; k < TEMPS; k++)
            shape->temps[k] = PLACE_FIRST_TEMP + before + 2 * k;
        return true;
    }
    return false;
}

const struct vb_csv_layout vb_csv_leafspy = {
    .name = "LeafSpy",
    .program = "LeafSpy Pro",
    .begins = "Date/Time",
    .first = "Date/Time",
    .expects = "CP1 to CP96 without a gap, and epoch time or Date/Time",
    .columns =
        {
            [VB_CSV_TIME] = {"epoch time", 1000, {"a time since 1970", "s", 946684800, 4102444800}},
            [VB_CSV_VOLTAGE] = {"Pack Volts", 1000, {"a pack voltage", "V", 0, 1600}},
            [VB_CSV_CURRENT] = {"Pack Amps", -1000, {"a current", "A", -10000, 10000}},
            [VB_CSV_SOC] = {"SOC", 0.001, {"a state of charge", "1/10000 %", 0, 1e6}},
        },
    .date_name = "Date/Time",
    .utc_from_ms = 1,
    .longer_rows = true,
    .cells = &cell_range,
    .sign_is_balancing = true,
    .cell_name = cell_name,
    .temp_name = temp_name,
    .left_out = left_out,
    .match_row = match_row,
};
