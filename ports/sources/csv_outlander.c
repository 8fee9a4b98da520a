/* Sweeps of a Mitsubishi Outlander PHEV's 80 cells, assembled from its CAN frames at 25 Hz.
 *
 *     t_us,i_raw,c01_mv,...,c80_mv,cmu01_t1_c,...,cmu11_t5_c
 *
 * t_us is the time of a sweep's first frame, on the recorder's clock. Ten cell management units (1
 * to 5 and 7 to 11) measure 8 cells each in several frames, so a load step shows in some cells one
 * sweep before the others. Each has five temperatures, 50 in all; a reading holds VB_TEMPS_MAX, so
 * the fifth of each unit is left out rather than two whole units. i_raw is a current of unknown
 * scale, so the current remains unknown. */
#include <stdio.h>
#include <string.h>

#include "sources/csv_layout.h"

enum { UNITS = 10, SENSORS_READ = 4 };

/* The numbers that the units send in their frames; there is no 6. */
static const unsigned units[UNITS] = {1, 2, 3, 4, 5, 7, 8, 9, 10, 11};

static bool temp_name(unsigned index, char name[VB_CSV_NAME_SIZE])
{
    if (index >= UNITS * SENSORS_READ)
        return false;
    (void)snprintf(name, VB_CSV_NAME_SIZE, "cmu%02u_t%u_c", units[index / SENSORS_READ],
                   index % SENSORS_READ + 1);
    return true;
}

static bool left_out(const char *name)
{
    const size_t length = strlen(name);
    const bool is_fifth = strncmp(name, "cmu", 3) == 0 && length > strlen("_t5_c") &&
                          strcmp(name + length - strlen("_t5_c"), "_t5_c") == 0;
    return is_fifth || strcmp(name, "i_raw") == 0;
}

const struct vb_csv_layout vb_csv_outlander = {
    .name = "Outlander",
    .program = "a script over an Outlander's CAN log",
    .begins = "t_us,i_raw,c01_mv",
    .first = "t_us",
    .expects = "t_us,i_raw, then c01_mv to c192_mv without a gap, then cmu01_t1_c to cmu11_t5_c",
    .remark = "the fifth temperature of each unit is left out, a reading holds 40 of the 50; no "
              "current, its scale is not known",
    .columns = {[VB_CSV_TIME] = {"t_us", 0.001, {"a time", "us", 0, 1e15}}},
    .cells = &vb_csv_cell_range,
    .cell_name = vb_csv_cell_name,
    .temp_name = temp_name,
    .left_out = left_out,
};
