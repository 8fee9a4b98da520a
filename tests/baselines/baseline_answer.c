#include "baseline_answer.h"

#include <string.h>

#include "voltbeacon/core/bytes.h"

void vb_answers_add(struct vb_answers *answers, uint8_t section)
{
    VB_ASSERT(section <= VB_MARKS_MAX);
    answers->due |= (uint16_t)(1u << section);
}

bool vb_answers_output(struct vb_answers *answers, const struct vb_content *content, uint8_t kind,
                       struct vb_packet *packet)
{
    uint8_t id = 1;
    size_t size;
    if (answers->due == 0)
        return false;
    while ((answers->due >> id & 1) == 0)
        id++;
    const uint8_t *bytes = vb_content_find(content, id, &size);
    VB_ASSERT(bytes != NULL);
    const size_t count = (size + VB_ANSWER_FRAGMENT_BYTES - 1) / VB_ANSWER_FRAGMENT_BYTES;
    const size_t offset = (size_t)answers->next * VB_ANSWER_FRAGMENT_BYTES;
    const size_t left = size - offset;
    struct vb_writer writer = vb_writer_of(packet->bytes, sizeof packet->bytes);
    vb_write_u8(&writer, kind);
    vb_write_u8(&writer, id);
    vb_write_u32(&writer, vb_content_version(content, id));
    vb_write_u8(&writer, answers->next);
    vb_write_u8(&writer, (uint8_t)count);
    vb_write_bytes(&writer, bytes + offset,
                   left < VB_ANSWER_FRAGMENT_BYTES ? left : VB_ANSWER_FRAGMENT_BYTES);
    VB_ASSERT(!writer.failed);
    packet->kind = kind;
    packet->size = writer.at;
    answers->next++;
    if (answers->next == count) {
        answers->due &= (uint16_t) ~(1u << id);
        answers->next = 0;
    }
    return true;
}

uint8_t vb_assembly_input(struct vb_assembly *assembly, const struct vb_packet *packet,
                          struct vb_content *content)
{
    struct vb_reader reader = vb_reader_of(packet->bytes, packet->size);
    (void)vb_read_u8(&reader);
    const uint8_t section = vb_read_u8(&reader);
    const uint32_t version = vb_read_u32(&reader);
    const uint8_t index = vb_read_u8(&reader);
    const uint8_t count = vb_read_u8(&reader);
    const size_t size = vb_reader_left(&reader);
    const size_t offset = (size_t)index * VB_ANSWER_FRAGMENT_BYTES;
    if (reader.failed || index >= count || count > VB_ANSWER_FRAGMENTS_MAX ||
        offset + size > sizeof assembly->bytes)
        return 0;
    if (assembly->section != section || assembly->version != version || assembly->count != count) {
        assembly->section = section;
        assembly->version = version;
        assembly->count = count;
        assembly->missing = (1u << count) - 1;
    }
    memcpy(assembly->bytes + offset, vb_read_view(&reader, size), size);
    assembly->missing &= ~(1u << index);
    if (index + 1 == count)
        assembly->size = (uint16_t)(offset + size);
    if (assembly->missing != 0)
        return 0;
    assembly->section = 0;
    vb_content_put(content, section, version, assembly->bytes, assembly->size);
    return section;
}
