/* Cell frames of a JK BMS, one per row, as scripts extract them from a Bluetooth capture. The BMS's
 * own app exports no cells.
 *
 *     line,counter,c01_mv,...,cNN_mv
 *
 * line is the frame's position in the capture, counter the BMS's own, of 8 bits. It distinguishes a
 * frame that was captured twice from one whose cells happen to be unchanged, which is common with
 * few cells. There are no times. The BMS measures cell after cell: under a pulsing load, neighbours
 * move against each other within one frame. */
#include <string.h>

#include "sources/csv_layout.h"

static bool left_out(const char *name)
{
    return strcmp(name, "line") == 0;
}

const struct vb_csv_layout vb_csv_jk = {
    .name = "JK",
    .program = "a script over a capture of a JK BMS",
    .begins = "line,counter,c01_mv",
    .first = "line",
    .expects = "line,counter, then c01_mv to c192_mv without a gap",
    .remark = "it has no times: one row a second is assumed",
    .columns = {[VB_CSV_MARK] = {"counter", 1, {"a counter", "frames", 0, 255}}},
    .cells = &vb_csv_cell_range,
    .cell_name = vb_csv_cell_name,
    .left_out = left_out,
};
