#include "watched_disk.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "disk_calls.h"
#include "disk_log.h"
#include "voltbeacon/core/platform.h"

enum { SECTOR_BYTES = 512 };

/* ---- What happens --------------------------------------------------------------------------- */

void watched_disk_begin(const char *folder)
{
    disk_log_begin(folder);
    disk_calls_watch(folder);
}

void watched_disk_end(void)
{
    disk_calls_watch(NULL);
}

void watched_disk_mark(unsigned which, uint32_t value)
{
    VB_ASSERT(which < WATCHED_DISK_MARKS);
    disk_calls_lock();
    disk_log_mark(which, value);
    disk_calls_unlock();
}

size_t watched_disk_choose(struct vb_random *random)
{
    size_t moment = vb_random_between(random, 0, (uint32_t)disk_log.event_count);
    if (vb_random_between(random, 0, 3) != 0)
        return moment;
    while (moment < disk_log.event_count &&
           (moment == 0 || !disk_names_are_changed_by(&disk_log.events[moment - 1])))
        moment++;
    return moment;
}

/* ---- A cut ---------------------------------------------------------------------------------- */

/* What becomes of what was not synced. */
enum fate {
    FATE_ALL,      /* it is all there */
    FATE_NONE,     /* or nothing */
    FATE_FIRST,    /* what came first, the last of it torn */
    FATE_WRITES,   /* some writes whole */
    FATE_SECTORS,  /* some sectors */
    FATE_NONSENSE, /* some sectors, and some of them nonsense */
    FATES
};

struct cut {
    struct vb_random random;
    enum fate fate;
    struct disk_content contents[DISK_FILES_MAX];
    struct disk_names names;
    const struct disk_event
        *waiting[DISK_FILES_MAX * 64]; /* unsynced changes of files, in their order */
    size_t waiting_count;
    const struct disk_event *renaming[DISK_FILES_MAX * 4]; /* and of names */
    size_t renaming_count;
};

static struct cut cut; /* its memory serves the next one */

static bool either(void)
{
    return vb_random_between(&cut.random, 0, 1) == 1;
}

static void put(struct disk_content *content, const struct disk_event *event, size_t from,
                size_t size)
{
    if (content->size < event->offset + from + size)
        disk_content_resize(content, event->offset + from + size);
    memcpy(content->bytes + event->offset + from, event->bytes + from, size);
}

static void put_nonsense(struct disk_content *content, const struct disk_event *event, size_t from,
                         size_t size)
{
    put(content, event, from, size);
    const bool zeros = either();
    for (size_t i = 0; i < size; i++)
        content->bytes[event->offset + from + i] =
            zeros ? 0 : (uint8_t)vb_random_between(&cut.random, 0, 255);
}

static void tear(struct disk_content *content, const struct disk_event *event, bool nonsense)
{
    size_t from = 0;
    while (from < event->size) {
        size_t size = SECTOR_BYTES - (size_t)((event->offset + from) % SECTOR_BYTES);
        if (size > event->size - from)
            size = event->size - from;
        if (nonsense && vb_random_between(&cut.random, 0, 3) == 0)
            put_nonsense(content, event, from, size);
        else if (either())
            put(content, event, from, size);
        from += size;
    }
}

static void carry_out(const struct disk_event *event)
{
    struct disk_content *content = &cut.contents[event->file];
    if (event->kind == DISK_SIZE)
        disk_content_resize(content, (size_t)event->offset);
    else
        put(content, event, 0, event->size);
}

static void carry_out_partly(const struct disk_event *event)
{
    struct disk_content *content = &cut.contents[event->file];
    if (event->kind == DISK_SIZE || cut.fate == FATE_WRITES) {
        if (either())
            carry_out(event);
    } else {
        tear(content, event, cut.fate == FATE_NONSENSE);
    }
}

static void sync_file(int file)
{
    size_t kept = 0;
    for (size_t i = 0; i < cut.waiting_count; i++) {
        if (cut.waiting[i]->file == file)
            carry_out(cut.waiting[i]);
        else
            cut.waiting[kept++] = cut.waiting[i];
    }
    cut.waiting_count = kept;
}

static bool is_within(const char *name, const char *folder)
{
    const char *slash = strrchr(name, '/');
    const size_t size = slash == NULL ? 0 : (size_t)(slash - name);
    return strlen(folder) == size && strncmp(name, folder, size) == 0;
}

static void sync_folder(const char *folder)
{
    size_t kept = 0;
    for (size_t i = 0; i < cut.renaming_count; i++) {
        if (is_within(cut.renaming[i]->name, folder))
            disk_names_change(&cut.names, cut.renaming[i]);
        else
            cut.renaming[kept++] = cut.renaming[i];
    }
    cut.renaming_count = kept;
}

static void happen(const struct disk_event *event, uint32_t marks[WATCHED_DISK_MARKS])
{
    switch (event->kind) {
    case DISK_WRITE:
    case DISK_SIZE:
        VB_ASSERT(cut.waiting_count < VB_COUNT_OF(cut.waiting));
        cut.waiting[cut.waiting_count++] = event;
        break;
    case DISK_SYNC:
        sync_file(event->file);
        break;
    case DISK_SYNC_FOLDER:
        sync_folder(event->name);
        break;
    case DISK_MARK:
        marks[event->file] = (uint32_t)event->offset;
        break;
    case DISK_NAME:
    case DISK_FOLDER:
    case DISK_MOVE:
    case DISK_REMOVE:
        VB_ASSERT(cut.renaming_count < VB_COUNT_OF(cut.renaming));
        cut.renaming[cut.renaming_count++] = event;
        break;
    }
}

static void end_unsynced(void)
{
    const uint32_t first = vb_random_between(&cut.random, 0, (uint32_t)cut.waiting_count);
    for (uint32_t i = 0; i < cut.waiting_count; i++) {
        const struct disk_event *event = cut.waiting[i];
        if (cut.fate == FATE_ALL || (cut.fate == FATE_FIRST && i < first))
            carry_out(event);
        else if (cut.fate > FATE_FIRST || (cut.fate == FATE_FIRST && i == first))
            carry_out_partly(event);
    }
    uint32_t names = vb_random_between(&cut.random, 0, (uint32_t)cut.renaming_count);
    if (cut.fate == FATE_ALL)
        names = (uint32_t)cut.renaming_count;
    if (cut.fate == FATE_NONE)
        names = 0;
    for (uint32_t i = 0; i < names; i++)
        disk_names_change(&cut.names, cut.renaming[i]);
}

static void write_file(const char *path, const struct disk_content *content)
{
    FILE *file = fopen(path, "wb");
    VB_ASSERT(file != NULL);
    VB_ASSERT(content->size == 0 ||
              fwrite(content->bytes, 1, content->size, file) == content->size);
    VB_ASSERT(fclose(file) == 0);
    VB_ASSERT(chmod(path, 0600) == 0);
}

/* A file whose folder's own name was lost is nowhere. */
static bool is_reachable(const char *name)
{
    char folder[DISK_NAME_SIZE];
    const char *slash = strrchr(name, '/');
    if (slash == NULL)
        return true;
    (void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - name), name);
    return disk_names_find(&cut.names, folder) >= 0;
}

static void write_folder(const char *to)
{
    char path[PATH_MAX];
    VB_ASSERT(mkdir(to, 0700) == 0);
    for (int files = 0; files <= 1; files++) { /* folders first */
        for (unsigned i = 0; i < cut.names.count; i++) {
            const int file = cut.names.at[i].file;
            (void)snprintf(path, sizeof path, "%s/%s", to, cut.names.at[i].name);
            if (files == 0 && file < 0)
                VB_ASSERT(mkdir(path, 0700) == 0);
            if (files == 1 && file >= 0 && is_reachable(cut.names.at[i].name))
                write_file(path, &cut.contents[file]);
        }
    }
}

void watched_disk_cut(size_t moment, uint64_t seed, const char *to,
                      uint32_t marks[WATCHED_DISK_MARKS])
{
    VB_ASSERT(moment <= disk_log.event_count);
    vb_random_seed(&cut.random, seed);
    cut.fate = (enum fate)vb_random_between(&cut.random, 0, FATES - 1);
    cut.names = disk_log.first_names;
    cut.waiting_count = 0;
    cut.renaming_count = 0;
    memset(marks, 0, WATCHED_DISK_MARKS * sizeof *marks);
    for (int i = 0; i < disk_log.file_count; i++) {
        cut.contents[i].size = 0;
        disk_content_resize(&cut.contents[i], disk_log.first_contents[i].size);
        if (disk_log.first_contents[i].size > 0)
            memcpy(cut.contents[i].bytes, disk_log.first_contents[i].bytes,
                   disk_log.first_contents[i].size);
    }
    for (size_t i = 0; i < moment; i++)
        happen(&disk_log.events[i], marks);
    end_unsynced();
    write_folder(to);
}
