#include "voltbeacon/device/start_words.h"

#include "voltbeacon/device/append.h"

size_t vb_start_say(const struct vb_board_facts *facts, char *text, size_t length, size_t capacity)
{
    if (facts->start == VB_START_UNTOLD)
        return vb_append(text, length, capacity, ".");
    length = vb_append(text, length, capacity, ": %s", vb_start_text(facts->start));
    if (facts->crashes > 1)
        length = vb_append(text, length, capacity, ", %lu crashes in a row",
                           (unsigned long)facts->crashes);
    length = vb_append(text, length, capacity, ".");
    if ((facts->flags & VB_BOARD_SAFE_MODE) != 0)
        length = vb_append(text, length, capacity, " Safe mode: only radio and settings run.");
    if ((facts->flags & VB_BOARD_CORE_DUMP) != 0 && vb_start_is_trouble(facts->start))
        length = vb_append(text, length, capacity, " A core dump lies in its flash.");
    return length;
}

enum vb_alarm_level vb_start_level(const struct vb_board_facts *facts)
{
    return vb_start_is_trouble(facts->start) ? VB_ALARM_WARNING : VB_ALARM_INFO;
}
