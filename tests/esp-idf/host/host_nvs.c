#include "host_nvs.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nvs.h>
#include <nvs_flash.h>

#include "voltbeacon/core/platform.h"

enum { ROWS_MAX = 256, VALUE_MAX = 8192, NAMESPACES_MAX = 16 };

/* Of one kind, so that a file of them is one fwrite(). */
struct row {
    char space[NVS_KEY_NAME_MAX_SIZE]; /* "" = not used */
    char key[NVS_KEY_NAME_MAX_SIZE];
    size_t size;
    unsigned char bytes[VALUE_MAX];
};

struct nvs_opaque_iterator_t {
    char space[NVS_KEY_NAME_MAX_SIZE];
    unsigned at;
};

static struct {
    pthread_mutex_t lock;
    char partition[NVS_KEY_NAME_MAX_SIZE];
    char file[256];
    size_t pages;
    bool ready, off;
    char spaces[NAMESPACES_MAX][NVS_KEY_NAME_MAX_SIZE]; /* by handle - 1 */
    struct row live[ROWS_MAX], flash[ROWS_MAX];
    struct row denied; /* which NVS has lost sight of */
    unsigned writes, fail_at, deny_at, cut_at;
    enum host_nvs_cut cut;
} nvs = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- What tests bring about ---- */

void host_nvs_make(const char *partition, size_t bytes)
{
    snprintf(nvs.partition, sizeof nvs.partition, "%s", partition);
    nvs.pages = bytes / HOST_NVS_PAGE_BYTES;
    nvs.file[0] = '\0';
    memset(nvs.flash, 0, sizeof nvs.flash);
    nvs.denied.space[0] = '\0';
    host_nvs_power_on();
}

void host_nvs_keep_in(const char *path)
{
    FILE *file = fopen(path, "rb");
    snprintf(nvs.file, sizeof nvs.file, "%s", path);
    if (file != NULL) {
        VB_ASSERT(fread(nvs.flash, sizeof nvs.flash, 1, file) == 1);
        fclose(file);
    }
    host_nvs_power_on();
}

static void write_file(void)
{
    char half[sizeof nvs.file + 8];
    if (nvs.file[0] == '\0')
        return;
    snprintf(half, sizeof half, "%s.half", nvs.file);
    FILE *file = fopen(half, "wb");
    VB_ASSERT(file != NULL && fwrite(nvs.flash, sizeof nvs.flash, 1, file) == 1);
    VB_ASSERT(fclose(file) == 0 && rename(half, nvs.file) == 0);
}

void host_nvs_fail_at(unsigned n)
{
    nvs.writes = 0;
    nvs.fail_at = n;
}

void host_nvs_deny_at(unsigned n)
{
    nvs.writes = 0;
    nvs.deny_at = n;
}

void host_nvs_cut_at(unsigned n, enum host_nvs_cut cut)
{
    nvs.writes = 0;
    nvs.cut_at = n;
    nvs.cut = cut;
}

bool host_nvs_is_off(void)
{
    return nvs.off;
}

unsigned host_nvs_writes(void)
{
    return nvs.writes;
}

/* ---- Rows ---- */

static struct row *find(struct row *rows, const char *space, const char *key)
{
    for (unsigned i = 0; i < ROWS_MAX; i++) {
        if (strcmp(rows[i].space, space) == 0 && (space[0] == '\0' || !strcmp(rows[i].key, key)))
            return &rows[i];
    }
    return NULL;
}

static void fill(struct row *row, const char *space, const char *key, const void *bytes,
                 size_t size)
{
    VB_ASSERT(row != NULL && size <= VALUE_MAX);
    memset(row, 0, sizeof *row);
    snprintf(row->space, sizeof row->space, "%s", space);
    snprintf(row->key, sizeof row->key, "%s", key);
    row->size = size;
    memcpy(row->bytes, bytes, size);
}

static void put(struct row *rows, const char *space, const char *key, const void *bytes,
                size_t size)
{
    struct row *row = find(rows, space, key);
    fill(row != NULL ? row : find(rows, "", ""), space, key, bytes, size);
}

void host_nvs_power_on(void)
{
    if (nvs.denied.space[0] != '\0')
        put(nvs.flash, nvs.denied.space, nvs.denied.key, nvs.denied.bytes, nvs.denied.size);
    nvs.denied.space[0] = '\0';
    memcpy(nvs.live, nvs.flash, sizeof nvs.live);
    memset(nvs.spaces, 0, sizeof nvs.spaces);
    nvs.ready = nvs.off = false;
    nvs.writes = nvs.fail_at = nvs.deny_at = nvs.cut_at = 0;
}

/* A blob is chunks with a head each, no longer than a page's rest, and an index. */
static size_t entries_of(size_t size)
{
    const size_t data = (size + HOST_NVS_ENTRY_BYTES - 1) / HOST_NVS_ENTRY_BYTES;
    return data + 2 + data / (HOST_NVS_PAGE_ENTRIES / 2);
}

/* The old value goes once the new one is there; one page is kept free to move values to. */
static bool has_room_for(size_t size)
{
    size_t entries = NAMESPACES_MAX + entries_of(size);
    for (unsigned i = 0; i < ROWS_MAX; i++)
        entries += nvs.live[i].space[0] == '\0' ? 0 : entries_of(nvs.live[i].size);
    return entries <= (nvs.pages - 1) * HOST_NVS_PAGE_ENTRIES;
}

/* ---- Faults ---- */

enum outcome { DONE, FAILED, DENIED, CUT };

static enum outcome count_write(void)
{
    nvs.writes++;
    if (nvs.writes == nvs.cut_at) {
        nvs.off = true;
        return CUT;
    }
    if (nvs.writes == nvs.deny_at)
        return DENIED;
    return nvs.writes == nvs.fail_at ? FAILED : DONE;
}

/* NULL where the handle is not one. */
static const char *space_of(nvs_handle_t handle)
{
    const bool is_one = nvs.ready && !nvs.off && handle >= 1 && handle <= NAMESPACES_MAX;
    return is_one && nvs.spaces[handle - 1][0] != '\0' ? nvs.spaces[handle - 1] : NULL;
}

/* ---- The calls ---- */

esp_err_t nvs_flash_init_partition(const char *partition_label)
{
    if (strcmp(partition_label, nvs.partition) != 0)
        return ESP_ERR_NVS_PART_NOT_FOUND;
    nvs.ready = !nvs.off;
    return nvs.off ? ESP_FAIL : ESP_OK;
}

esp_err_t nvs_flash_deinit_partition(const char *partition_label)
{
    nvs.ready = false;
    return strcmp(partition_label, nvs.partition) == 0 ? ESP_OK : ESP_ERR_NVS_NOT_INITIALIZED;
}

esp_err_t nvs_open_from_partition(const char *part_name, const char *namespace_name,
                                  nvs_open_mode_t open_mode, nvs_handle_t *out_handle)
{
    VB_ASSERT(open_mode == NVS_READWRITE);
    if (strcmp(part_name, nvs.partition) != 0)
        return ESP_ERR_NVS_PART_NOT_FOUND;
    if (!nvs.ready || nvs.off)
        return ESP_ERR_NVS_NOT_INITIALIZED;
    if (strlen(namespace_name) >= NVS_KEY_NAME_MAX_SIZE)
        return ESP_ERR_NVS_KEY_TOO_LONG;
    for (unsigned i = 0; i < NAMESPACES_MAX; i++) {
        if (nvs.spaces[i][0] != '\0')
            continue;
        snprintf(nvs.spaces[i], sizeof nvs.spaces[i], "%s", namespace_name);
        *out_handle = i + 1;
        return ESP_OK;
    }
    return ESP_ERR_NO_MEM;
}

void nvs_close(nvs_handle_t handle)
{
    if (handle >= 1 && handle <= NAMESPACES_MAX)
        nvs.spaces[handle - 1][0] = '\0';
}

esp_err_t nvs_get_blob(nvs_handle_t handle, const char *key, void *out_value, size_t *length)
{
    esp_err_t err = ESP_OK;
    pthread_mutex_lock(&nvs.lock);
    const char *space = space_of(handle);
    const struct row *row = space == NULL ? NULL : find(nvs.live, space, key);
    if (space == NULL)
        err = ESP_ERR_NVS_INVALID_HANDLE;
    else if (row == NULL)
        err = ESP_ERR_NVS_NOT_FOUND;
    else if (out_value != NULL && row->size > *length)
        err = ESP_ERR_NVS_INVALID_LENGTH;
    if (err == ESP_OK && out_value != NULL)
        memcpy(out_value, row->bytes, row->size);
    if (row != NULL)
        *length = row->size;
    pthread_mutex_unlock(&nvs.lock);
    return err;
}

static esp_err_t set_blob(nvs_handle_t handle, const char *key, const void *value, size_t length)
{
    const char *space = space_of(handle);
    if (space == NULL)
        return ESP_ERR_NVS_INVALID_HANDLE;
    if (strlen(key) >= NVS_KEY_NAME_MAX_SIZE)
        return ESP_ERR_NVS_KEY_TOO_LONG;
    if (!has_room_for(length))
        return ESP_ERR_NVS_NOT_ENOUGH_SPACE;
    struct row *row = find(nvs.live, space, key);
    switch (count_write()) {
    case FAILED:
        return ESP_FAIL;
    case DENIED:
        fill(&nvs.denied, space, key, value, length);
        if (row != NULL)
            row->space[0] = '\0';
        return ESP_FAIL;
    case CUT:
        if (nvs.cut != HOST_NVS_OLD)
            put(nvs.flash, space, key, value, nvs.cut == HOST_NVS_TORN ? length / 2 : length);
        return ESP_FAIL;
    case DONE:
        break;
    }
    put(nvs.live, space, key, value, length);
    return ESP_OK;
}

esp_err_t nvs_set_blob(nvs_handle_t handle, const char *key, const void *value, size_t length)
{
    pthread_mutex_lock(&nvs.lock);
    const esp_err_t err = set_blob(handle, key, value, length);
    pthread_mutex_unlock(&nvs.lock);
    return err;
}

static esp_err_t erase_key(nvs_handle_t handle, const char *key)
{
    const char *space = space_of(handle);
    if (space == NULL)
        return ESP_ERR_NVS_INVALID_HANDLE;
    struct row *row = find(nvs.live, space, key);
    struct row *kept = find(nvs.flash, space, key);
    if (row == NULL)
        return ESP_ERR_NVS_NOT_FOUND;
    switch (count_write()) {
    case FAILED:
    case DENIED:
        return ESP_FAIL;
    case CUT:
        if (nvs.cut != HOST_NVS_OLD && kept != NULL)
            kept->space[0] = '\0';
        return ESP_FAIL;
    case DONE:
        break;
    }
    row->space[0] = '\0';
    return ESP_OK;
}

esp_err_t nvs_erase_key(nvs_handle_t handle, const char *key)
{
    pthread_mutex_lock(&nvs.lock);
    const esp_err_t err = erase_key(handle, key);
    pthread_mutex_unlock(&nvs.lock);
    return err;
}

static esp_err_t commit(nvs_handle_t handle)
{
    const char *space = space_of(handle);
    if (space == NULL)
        return ESP_ERR_NVS_INVALID_HANDLE;
    const enum outcome outcome = count_write();
    if (outcome == FAILED || outcome == DENIED || (outcome == CUT && nvs.cut == HOST_NVS_OLD))
        return ESP_FAIL;
    for (unsigned i = 0; i < ROWS_MAX; i++) {
        if (strcmp(nvs.flash[i].space, space) == 0)
            nvs.flash[i].space[0] = '\0';
    }
    for (unsigned i = 0; i < ROWS_MAX; i++) {
        if (strcmp(nvs.live[i].space, space) == 0)
            put(nvs.flash, space, nvs.live[i].key, nvs.live[i].bytes, nvs.live[i].size);
    }
    write_file();
    return outcome == CUT ? ESP_FAIL : ESP_OK;
}

esp_err_t nvs_commit(nvs_handle_t handle)
{
    pthread_mutex_lock(&nvs.lock);
    const esp_err_t err = commit(handle);
    pthread_mutex_unlock(&nvs.lock);
    return err;
}

/* ---- Iterators ---- */

static esp_err_t seek(nvs_iterator_t *iterator)
{
    struct nvs_opaque_iterator_t *at = *iterator;
    while (at->at < ROWS_MAX && strcmp(nvs.live[at->at].space, at->space) != 0)
        at->at++;
    if (at->at < ROWS_MAX)
        return ESP_OK;
    nvs_release_iterator(at);
    *iterator = NULL;
    return ESP_ERR_NVS_NOT_FOUND;
}

esp_err_t nvs_entry_find_in_handle(nvs_handle_t handle, nvs_type_t type,
                                   nvs_iterator_t *output_iterator)
{
    const char *space = space_of(handle);
    VB_ASSERT(type == NVS_TYPE_BLOB); /* there is nothing else here */
    *output_iterator = NULL;
    if (space == NULL)
        return ESP_ERR_NVS_INVALID_HANDLE;
    *output_iterator = calloc(1, sizeof **output_iterator);
    VB_ASSERT(*output_iterator != NULL);
    snprintf((*output_iterator)->space, NVS_KEY_NAME_MAX_SIZE, "%s", space);
    return seek(output_iterator);
}

esp_err_t nvs_entry_next(nvs_iterator_t *iterator)
{
    (*iterator)->at++;
    return seek(iterator);
}

esp_err_t nvs_entry_info(const nvs_iterator_t iterator, nvs_entry_info_t *out_info)
{
    const struct row *row = &nvs.live[iterator->at];
    *out_info = (nvs_entry_info_t){.type = NVS_TYPE_BLOB};
    memcpy(out_info->namespace_name, row->space, sizeof row->space);
    memcpy(out_info->key, row->key, sizeof row->key);
    return ESP_OK;
}

void nvs_release_iterator(nvs_iterator_t iterator)
{
    free(iterator);
}
