/* What a board tells of itself: this receiver, or a transmitter. */
#include "contract.h"
#include "objects.h"
#include "voltbeacon/core/time.h"

void vb_board_json(struct vb_json *json, const char *key, const struct vb_board_facts *facts)
{
    if (!vb_board_facts_told(facts)) {
        vb_json_null(json, key);
        return;
    }
    const bool started = facts->start != VB_START_UNTOLD;
    const bool tuned = facts->channel != 0;
    const bool recovered = facts->recoveries != 0 && facts->recovered_ms != VB_AGE_UNKNOWN;
    vb_json_object(json, key);
    vb_json_string(json, "start", started ? vb_start_name(facts->start) : NULL);
    vb_json_string(json, "start_text", started ? vb_start_text(facts->start) : NULL);
    vb_json_integer_if(json, "crashes", started, facts->crashes);
    vb_json_bool(json, "safe_mode", (facts->flags & VB_BOARD_SAFE_MODE) != 0);
    vb_json_bool(json, "core_dump", (facts->flags & VB_BOARD_CORE_DUMP) != 0);
    vb_json_integer_if(json, "channel", tuned, facts->channel);
    vb_json_integer_if(json, "recoveries", tuned, facts->recoveries);
    vb_json_fixed_if(json, "recovered_s", tuned && recovered, facts->recovered_ms, 3);
    vb_json_object_end(json);
}

/* ---- The contract ---- */

static const struct vb_property board_properties[] = {
    {"start", "text|null", "Why it started: `power_on`, `watchdog`, `crash`, `brownout`..."},
    {"start_text", "text|null", "The same as text: `the watchdog`."},
    {"crashes", "integer|null", "In a row, up to this start."},
    {"safe_mode", "boolean", "After crashes in a row: only radio and settings run."},
    {"core_dump", "boolean", "One lies in its flash, of the last crash."},
    {"channel", "integer|null", "Of its radio, where a receiver was last heard."},
    {"recoveries", "integer|null", "How often it has found a receiver again since its start."},
    {"recovered_s", "number|null",
     "How long it was without a receiver before it last found one; null if it never lost one."},
};

static const struct vb_type types[] = {
    {"Board", "What a board tells of itself.", VB_OBJECT(board_properties)},
};

const struct vb_topic vb_topic_boards = {.types = types, .type_count = VB_COUNT_OF(types)};
