#include "host_ota.h"

#include <stdio.h>

enum { SLOTS = 2, SECTOR_BYTES = 4096, WHOLE = 256, NONE = -1, UNSET = 0xff };

/* Of the boot loader's partition, a sector each; crc is of seq alone. */
struct note {
    uint32_t seq;
    uint8_t label[20];
    uint32_t state;
    uint32_t crc;
};

static struct {
    esp_partition_t slots[SLOTS];
    uint8_t bytes[SLOTS][FIRMWARE_SLOT_BYTES];
    struct note notes[SLOTS];
    int running; /* NONE: nothing does */
    unsigned writes, cut_at, part, fail_at;
    bool off, has_old_loader;
    /* What is being written. */
    esp_ota_handle_t handle; /* 0: nothing */
    int target;
    size_t written;
} flash;

/* ---- Writing ---- */

/* How much of what comes now is done, in 256ths. */
static unsigned done_of_next(void)
{
    if (flash.off)
        return 0;
    flash.writes++;
    flash.off = flash.writes == flash.cut_at;
    return flash.off ? flash.part : flash.writes == flash.fail_at ? 0 : WHOLE;
}

static esp_err_t write(uint8_t *to, const void *bytes, size_t size)
{
    const unsigned done = done_of_next();
    const uint8_t *from = bytes;
    for (size_t i = 0; i < size * done / WHOLE; i++) {
        VB_ASSERT((from[i] & ~to[i]) == 0); /* bits go from 1 to 0 alone */
        to[i] &= from[i];
    }
    return done == WHOLE ? ESP_OK : ESP_FAIL;
}

static esp_err_t erase(uint8_t *at, size_t size)
{
    const unsigned done = done_of_next();
    memset(at, UNSET, size * done / WHOLE);
    return done == WHOLE ? ESP_OK : ESP_FAIL;
}

void host_ota_cut_at(unsigned n, unsigned part)
{
    flash.writes = flash.fail_at = 0;
    flash.cut_at = n;
    flash.part = part;
}

void host_ota_fail_at(unsigned n)
{
    flash.writes = flash.cut_at = 0;
    flash.fail_at = n;
}

bool host_ota_is_off(void)
{
    return flash.off;
}

unsigned host_ota_writes(void)
{
    return flash.writes;
}

/* ---- Images ---- */

/* How long it is without its signature; 0: it is not sound. By its own hand, not by the project's.
 */
static size_t length_of(const uint8_t *bytes)
{
    size_t at = 24;
    uint8_t checksum = 0xef;
    if (bytes[0] != 0xe9 || bytes[12] != FIRMWARE_CHIP || bytes[13] != 0)
        return 0;
    for (unsigned s = 0; s < bytes[1]; s++) {
        size_t size = 0;
        if (at + 8 > FIRMWARE_SLOT_BYTES)
            return 0;
        for (unsigned i = 0; i < 4; i++)
            size |= (size_t)bytes[at + 4 + i] << (8 * i);
        at += 8;
        if (size > FIRMWARE_SLOT_BYTES - at)
            return 0;
        for (size_t i = 0; i < size; i++)
            checksum ^= bytes[at + i];
        at += size;
    }
    at += 15 - at % 16;
    return at + 33 <= FIRMWARE_SLOT_BYTES && bytes[at] == checksum ? at + 33 : 0;
}

static size_t signature_at(const uint8_t *bytes)
{
    const size_t length = length_of(bytes);
    const size_t at = (length + SECTOR_BYTES - 1) / SECTOR_BYTES * SECTOR_BYTES;
    return length != 0 && at + SECTOR_BYTES <= FIRMWARE_SLOT_BYTES ? at : 0;
}

/* By the key of what runs: that is how ESP-IDF does without secure boot. */
static bool is_signed(int slot)
{
    const uint8_t *bytes = flash.bytes[slot];
    const size_t at = signature_at(bytes);
    const size_t own = signature_at(flash.bytes[flash.running]);
    uint8_t signature[4];
    if (at == 0 || own == 0 || bytes[at] != 0xe7 || flash.bytes[flash.running][own] != 0xe7 ||
        bytes[at + 1] != flash.bytes[flash.running][own + 1])
        return false;
    struct vb_writer writer = vb_writer_of(signature, sizeof signature);
    vb_write_u32(&writer, firmware_signature(bytes, at, bytes[at + 1]));
    return memcmp(bytes + at + 2, signature, sizeof signature) == 0;
}

/* ---- The boot loader ---- */

static uint32_t crc_of(uint32_t seq)
{
    return seq * 2654435761u ^ 0x1d0f;
}

static bool is_usable(const struct note *note)
{
    return note->seq != UINT32_MAX && note->state != ESP_OTA_IMG_INVALID &&
           note->state != ESP_OTA_IMG_ABORTED && note->crc == crc_of(note->seq);
}

static int active(void)
{
    const bool first = is_usable(&flash.notes[0]), second = is_usable(&flash.notes[1]);
    if (first && second)
        return flash.notes[0].seq >= flash.notes[1].seq ? 0 : 1;
    return first ? 0 : second ? 1 : NONE;
}

static int slot_of(const struct note *note)
{
    return (int)((note->seq - 1) % SLOTS);
}

static esp_err_t note_down(int which, struct note note)
{
    note.crc = crc_of(note.seq);
    uint8_t *at = (uint8_t *)&flash.notes[which];
    const esp_err_t err = erase(at, sizeof note);
    return err == ESP_OK ? write(at, &note, sizeof note) : err;
}

static int choose(bool *nothing_noted)
{
    for (int i = 0; i < SLOTS && !flash.has_old_loader; i++) {
        struct note note = flash.notes[i];
        if (note.state != ESP_OTA_IMG_PENDING_VERIFY)
            continue;
        note.state = ESP_OTA_IMG_ABORTED;
        (void)note_down(i, note);
    }
    const int chosen = active();
    *nothing_noted = chosen == NONE;
    if (chosen == NONE)
        return 0;
    struct note note = flash.notes[chosen];
    const int slot = slot_of(&note);
    if (note.state == ESP_OTA_IMG_NEW && !flash.has_old_loader) {
        note.state = ESP_OTA_IMG_PENDING_VERIFY;
        (void)note_down(chosen, note);
    }
    return slot;
}

int host_ota_boot(void)
{
    bool nothing_noted;
    flash.off = false;
    flash.handle = 0;
    int slot = choose(&nothing_noted);
    if (length_of(flash.bytes[slot]) == 0)
        slot = 1 - slot;
    if (length_of(flash.bytes[slot]) == 0) {
        flash.running = NONE;
        return NONE;
    }
    if (nothing_noted) {
        struct note note = {.seq = (uint32_t)slot + 1, .state = ESP_OTA_IMG_VALID};
        memset(note.label, UNSET, sizeof note.label);
        (void)note_down(0, note);
    }
    flash.running = flash.off ? NONE : slot;
    /* Of the specification's bytes the first behind the description. */
    return flash.off ? NONE : (uint8_t)(flash.bytes[slot][32 + 256] - (uint8_t)(256 * 7));
}

void host_ota_flash(const struct firmware_image *image)
{
    memset(&flash, 0, sizeof flash);
    memset(flash.bytes, UNSET, sizeof flash.bytes);
    memset(flash.notes, UNSET, sizeof flash.notes);
    memcpy(flash.bytes[0], image->bytes, image->size);
    for (unsigned i = 0; i < SLOTS; i++) {
        esp_partition_t *slot = &flash.slots[i];
        slot->size = FIRMWARE_SLOT_BYTES;
        slot->erase_size = SECTOR_BYTES;
        snprintf(slot->label, sizeof slot->label, "ota_%u", i);
    }
}

void host_ota_old_loader(bool is_old)
{
    flash.has_old_loader = is_old;
}

void host_ota_damage_other(void)
{
    flash.bytes[1 - flash.running][500] ^= 1;
}

/* ---- The calls ---- */

static int number_of(const esp_partition_t *partition)
{
    return partition == &flash.slots[0] ? 0 : partition == &flash.slots[1] ? 1 : NONE;
}

bool host_ota_has(const esp_partition_t *partition)
{
    return number_of(partition) != NONE;
}

esp_err_t host_ota_read(const esp_partition_t *partition, size_t offset, void *bytes, size_t size)
{
    VB_ASSERT(offset + size <= FIRMWARE_SLOT_BYTES);
    memcpy(bytes, flash.bytes[number_of(partition)] + offset, size);
    return flash.off ? ESP_FAIL : ESP_OK;
}

const esp_partition_t *esp_ota_get_running_partition(void)
{
    return flash.running == NONE || flash.slots[0].size == 0 ? NULL : &flash.slots[flash.running];
}

const esp_partition_t *esp_ota_get_next_update_partition(const esp_partition_t *start_from)
{
    VB_ASSERT(start_from == NULL);
    return esp_ota_get_running_partition() == NULL ? NULL : &flash.slots[1 - flash.running];
}

esp_err_t esp_ota_get_state_partition(const esp_partition_t *partition,
                                      esp_ota_img_states_t *ota_state)
{
    for (int i = 0; i < SLOTS; i++) {
        const struct note *note = &flash.notes[i];
        if (slot_of(note) != number_of(partition) || note->crc != crc_of(note->seq))
            continue;
        *ota_state = (esp_ota_img_states_t)note->state;
        return ESP_OK;
    }
    return ESP_ERR_NOT_FOUND;
}

esp_err_t esp_ota_begin(const esp_partition_t *partition, size_t image_size,
                        esp_ota_handle_t *out_handle)
{
    esp_ota_img_states_t state;
    const int target = number_of(partition);
    VB_ASSERT(image_size == OTA_WITH_SEQUENTIAL_WRITES && target != NONE &&
              target != flash.running);
    if (esp_ota_get_state_partition(&flash.slots[flash.running], &state) == ESP_OK &&
        state == ESP_OTA_IMG_PENDING_VERIFY)
        return ESP_ERR_OTA_ROLLBACK_INVALID_STATE;
    VB_ASSERT(flash.handle == 0); /* else what was begun was never ended */
    const int other = active() == NONE ? NONE : 1 - active();
    if (other != NONE && flash.notes[other].crc == crc_of(flash.notes[other].seq) &&
        slot_of(&flash.notes[other]) != flash.running)
        (void)erase((uint8_t *)&flash.notes[other], sizeof flash.notes[other]);
    flash.handle = 7;
    flash.target = target;
    flash.written = 0;
    *out_handle = flash.handle;
    return ESP_OK;
}

esp_err_t esp_ota_write(esp_ota_handle_t handle, const void *data, size_t size)
{
    VB_ASSERT(handle == flash.handle && handle != 0);
    uint8_t *bytes = flash.bytes[flash.target];
    if (size > FIRMWARE_SLOT_BYTES - flash.written)
        return ESP_ERR_INVALID_SIZE;
    for (size_t at = flash.written; at < flash.written + size; at++) {
        if (at % SECTOR_BYTES == 0 && erase(bytes + at, SECTOR_BYTES) != ESP_OK)
            return ESP_FAIL;
    }
    const esp_err_t err = write(bytes + flash.written, data, size);
    flash.written += err == ESP_OK ? size : 0;
    return err;
}

esp_err_t esp_ota_end(esp_ota_handle_t handle)
{
    VB_ASSERT(handle == flash.handle && handle != 0);
    flash.handle = 0;
    return !flash.off && is_signed(flash.target) ? ESP_OK : ESP_ERR_OTA_VALIDATE_FAILED;
}

esp_err_t esp_ota_abort(esp_ota_handle_t handle)
{
    VB_ASSERT(handle == flash.handle && handle != 0);
    flash.handle = 0;
    return ESP_OK;
}

esp_err_t esp_ota_set_boot_partition(const esp_partition_t *partition)
{
    const int slot = number_of(partition);
    if (flash.off || !is_signed(slot))
        return ESP_ERR_OTA_VALIDATE_FAILED;
    const int now = active();
    struct note note = {.seq = (uint32_t)slot + 1, .state = ESP_OTA_IMG_NEW};
    memset(note.label, UNSET, sizeof note.label);
    if (now == NONE)
        return note_down(0, note);
    while (note.seq < flash.notes[now].seq)
        note.seq += SLOTS;
    return note_down(1 - now, note);
}

static esp_err_t mark(uint32_t state)
{
    const int now = active();
    if (now == NONE)
        return ESP_FAIL;
    struct note note = flash.notes[now];
    if (state == ESP_OTA_IMG_INVALID &&
        (!is_usable(&flash.notes[1 - now]) || !is_signed(slot_of(&flash.notes[1 - now]))))
        return ESP_ERR_OTA_ROLLBACK_FAILED;
    if (note.state == state)
        return ESP_OK;
    note.state = state;
    return note_down(now, note);
}

esp_err_t esp_ota_mark_app_valid_cancel_rollback(void)
{
    return mark(ESP_OTA_IMG_VALID);
}

esp_err_t esp_ota_mark_app_invalid_rollback(void)
{
    return mark(ESP_OTA_IMG_INVALID);
}

const esp_partition_t *esp_ota_get_last_invalid_partition(void)
{
    for (int i = 0; i < SLOTS; i++) {
        const struct note *note = &flash.notes[i];
        if (note->seq != UINT32_MAX && note->crc == crc_of(note->seq) && !is_usable(note) &&
            is_signed(slot_of(note)))
            return &flash.slots[slot_of(note)];
    }
    return NULL;
}

esp_err_t esp_ota_get_partition_description(const esp_partition_t *partition,
                                            esp_app_desc_t *app_desc)
{
    memcpy(app_desc, flash.bytes[number_of(partition)] + 32, sizeof *app_desc);
    return app_desc->magic_word == 0xabcd5432 ? ESP_OK : ESP_ERR_NOT_FOUND;
}
