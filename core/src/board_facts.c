#include "voltbeacon/core/board_facts.h"

#include <string.h>

#include "voltbeacon/core/message.h"

enum { FACTS = sizeof(struct vb_board_facts) / sizeof(uint32_t) };

static const struct {
    const char *name;
    const char *text;
} starts[VB_START_REASONS] = {
#define X(NAME, name, words) {name, words},
    VB_START_LIST(X)
#undef X
};

bool vb_board_facts_told(const struct vb_board_facts *facts)
{
    return facts->start != VB_START_UNTOLD || facts->channel != 0;
}

bool vb_board_facts_equal(const struct vb_board_facts *a, const struct vb_board_facts *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* ---- Bytes ---- */

void vb_board_facts_write(struct vb_writer *writer, const struct vb_board_facts *facts)
{
    uint32_t numbers[FACTS];
    uint8_t bytes[VB_BOARD_FACTS_BYTES_MAX];
    struct vb_writer content = vb_writer_of(bytes, sizeof bytes);
    if (!vb_board_facts_told(facts))
        return;
    memcpy(numbers, facts, sizeof numbers);
    for (unsigned i = 0; i < FACTS; i++)
        vb_write_varint(&content, numbers[i]);
    const struct vb_record record = {.id = VB_MARKS_MAX,
                                     .form = VB_RECORD_FACTS,
                                     .version = 1,
                                     .bytes = bytes,
                                     .size = content.at};
    if (vb_record_size(&record) <= vb_writer_left(writer))
        vb_record_write(writer, &record);
}

bool vb_board_facts_read(struct vb_reader *reader, struct vb_board_facts *facts)
{
    uint32_t numbers[FACTS] = {0};
    for (unsigned i = 0; vb_reader_left(reader) > 0; i++) {
        const uint32_t number = vb_read_varint(reader);
        if (i < FACTS)
            numbers[i] = number;
    }
    if (reader->failed)
        memset(numbers, 0, sizeof numbers);
    memcpy(facts, numbers, sizeof numbers);
    return !reader->failed;
}

/* ---- Words ---- */

static uint32_t known(uint32_t reason)
{
    return reason < VB_START_REASONS ? reason : VB_START_OTHER;
}

const char *vb_start_name(uint32_t reason)
{
    return starts[known(reason)].name;
}

const char *vb_start_text(uint32_t reason)
{
    return starts[known(reason)].text;
}

bool vb_start_is_trouble(uint32_t reason)
{
    return reason == VB_START_CRASH || reason == VB_START_WATCHDOG || reason == VB_START_BROWNOUT;
}
