/* The compact form of a roll-up: any bytes are refused, or stand for values that are written back
 * to the same values. */
#include <stdlib.h>
#include <string.h>

#include "voltbeacon/pack/rollup_bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool held)
{
    if (!held)
        abort();
}

static void require_same(const struct vb_rollup_value *a, const struct vb_rollup_value *b)
{
    require(a->count == b->count);
    if (a->count > 0)
        require(a->min == b->min && a->max == b->max && a->sum_tenths == b->sum_tenths);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint32_t readings = size == 0 ? 0 : data[0];
    struct vb_rollup_value values[VB_CELLS_MAX];
    struct vb_rollup_value again[VB_CELLS_MAX];
    uint8_t bytes[VB_ROLLUP_BYTES_MAX];
    uint8_t count;
    uint8_t count_again;
    if (size == 0 ||
        vb_rollup_decode(data + 1, size - 1, readings, values, VB_CELLS_MAX, &count) != VB_ERR_OK)
        return 0;
    for (unsigned i = 0; i < count; i++) {
        require(values[i].count <= readings);
        if (values[i].count > 0)
            require(values[i].min * 10LL <= vb_rollup_mean_tenths(&values[i]) &&
                    vb_rollup_mean_tenths(&values[i]) <= values[i].max * 10LL);
    }
    const size_t written = vb_rollup_encode(values, count, readings, bytes);
    require(vb_rollup_decode(bytes, written, readings, again, VB_CELLS_MAX, &count_again) ==
            VB_ERR_OK);
    require(count_again == count);
    for (unsigned i = 0; i < count; i++)
        require_same(&values[i], &again[i]);
    return 0;
}
