#include "disk_log.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "voltbeacon/core/platform.h"

struct disk_log disk_log;

static struct disk_names live; /* what is there while it happens */

/* ---- Names ---------------------------------------------------------------------------------- */

static void set_name(char name[DISK_NAME_SIZE], const char *text)
{
    const int size = snprintf(name, DISK_NAME_SIZE, "%s", text);
    VB_ASSERT(size >= 0 && size < DISK_NAME_SIZE);
}

int disk_names_find(const struct disk_names *names, const char *name)
{
    for (unsigned i = 0; i < names->count; i++) {
        if (strcmp(names->at[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

static void remove_name(struct disk_names *names, const char *name)
{
    const int at = disk_names_find(names, name);
    if (at >= 0)
        names->at[at] = names->at[--names->count];
}

static void add_name(struct disk_names *names, const char *name, int file)
{
    remove_name(names, name);
    VB_ASSERT(names->count < DISK_NAMES_MAX);
    set_name(names->at[names->count].name, name);
    names->at[names->count++].file = file;
}

/* ---- What happened -------------------------------------------------------------------------- */

static struct disk_event *add_event(enum disk_kind kind, const char *name)
{
    if (disk_log.event_count == disk_log.event_room) {
        disk_log.event_room = disk_log.event_room == 0 ? 1024 : 2 * disk_log.event_room;
        disk_log.events = realloc(disk_log.events, disk_log.event_room * sizeof *disk_log.events);
        VB_ASSERT(disk_log.events != NULL);
    }
    struct disk_event *event = &disk_log.events[disk_log.event_count++];
    *event = (struct disk_event){.kind = kind};
    set_name(event->name, name);
    return event;
}

bool disk_names_are_changed_by(const struct disk_event *event)
{
    return event->kind == DISK_NAME || event->kind == DISK_FOLDER || event->kind == DISK_MOVE ||
           event->kind == DISK_REMOVE;
}

void disk_names_change(struct disk_names *names, const struct disk_event *event)
{
    const int at = disk_names_find(names, event->name);
    if (event->kind == DISK_NAME || event->kind == DISK_FOLDER)
        add_name(names, event->name, event->file);
    if (event->kind == DISK_REMOVE)
        remove_name(names, event->name);
    if (event->kind == DISK_MOVE && at >= 0) {
        const int file = names->at[at].file;
        remove_name(names, event->name);
        add_name(names, event->to, file);
    }
}

int disk_log_open(const char *name)
{
    const int at = disk_names_find(&live, name);
    if (at >= 0)
        return live.at[at].file;
    VB_ASSERT(disk_log.file_count < DISK_FILES_MAX);
    struct disk_event *event = add_event(DISK_NAME, name);
    event->file = disk_log.file_count++;
    disk_names_change(&live, event);
    return event->file;
}

void disk_log_write(int file, const void *bytes, size_t size, uint64_t offset)
{
    struct disk_event *event = add_event(DISK_WRITE, "");
    event->file = file;
    event->offset = offset;
    event->size = size;
    event->bytes = malloc(size);
    VB_ASSERT(event->bytes != NULL);
    memcpy(event->bytes, bytes, size);
}

void disk_log_size(int file, uint64_t size)
{
    struct disk_event *event = add_event(DISK_SIZE, "");
    event->file = file;
    event->offset = size;
}

void disk_log_sync(int file)
{
    add_event(DISK_SYNC, "")->file = file;
}

void disk_log_folder(const char *name)
{
    struct disk_event *event = add_event(DISK_FOLDER, name);
    event->file = -1;
    disk_names_change(&live, event);
}

void disk_log_move(const char *from, const char *to)
{
    struct disk_event *event = add_event(DISK_MOVE, from);
    set_name(event->to, to);
    disk_names_change(&live, event);
}

void disk_log_remove(const char *name)
{
    disk_names_change(&live, add_event(DISK_REMOVE, name));
}

void disk_log_sync_folder(const char *name)
{
    (void)add_event(DISK_SYNC_FOLDER, name);
}

void disk_log_mark(unsigned which, uint32_t value)
{
    struct disk_event *event = add_event(DISK_MARK, "");
    event->file = (int)which;
    event->offset = value;
}

/* ---- The beginning -------------------------------------------------------------------------- */

static void make_room(struct disk_content *content, size_t size)
{
    if (size <= content->room)
        return;
    content->bytes = realloc(content->bytes, size * 2);
    VB_ASSERT(content->bytes != NULL);
    content->room = size * 2;
}

void disk_content_resize(struct disk_content *content, size_t size)
{
    make_room(content, size);
    if (size > content->size)
        memset(content->bytes + content->size, 0, size - content->size);
    content->size = size;
}

static void read_file(const char *path, struct disk_content *content)
{
    FILE *file = fopen(path, "rb");
    VB_ASSERT(file != NULL);
    VB_ASSERT(fseek(file, 0, SEEK_END) == 0);
    const long size = ftell(file);
    VB_ASSERT(size >= 0);
    rewind(file);
    disk_content_resize(content, (size_t)size);
    VB_ASSERT(size == 0 || fread(content->bytes, 1, (size_t)size, file) == (size_t)size);
    fclose(file);
}

static void read_folder(const char *root, const char *name)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", root, name);
    DIR *folder = opendir(path);
    VB_ASSERT(folder != NULL);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char inner[DISK_NAME_SIZE];
        struct stat status;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        const int size = snprintf(inner, sizeof inner, "%s%s%s", name, name[0] == '\0' ? "" : "/",
                                  entry->d_name);
        VB_ASSERT(size >= 0 && (size_t)size < sizeof inner);
        (void)snprintf(path, sizeof path, "%s/%s", root, inner);
        VB_ASSERT(lstat(path, &status) == 0);
        if (S_ISDIR(status.st_mode)) {
            add_name(&live, inner, -1);
            read_folder(root, inner);
        } else if (S_ISREG(status.st_mode)) {
            VB_ASSERT(disk_log.file_count < DISK_FILES_MAX);
            read_file(path, &disk_log.first_contents[disk_log.file_count]);
            add_name(&live, inner, disk_log.file_count++);
        }
    }
    closedir(folder);
}

void disk_log_begin(const char *folder)
{
    for (size_t i = 0; i < disk_log.event_count; i++)
        free(disk_log.events[i].bytes);
    for (int i = 0; i < disk_log.file_count; i++)
        disk_log.first_contents[i].size = 0;
    disk_log.event_count = 0;
    disk_log.file_count = 0;
    live.count = 0;
    read_folder(folder, "");
    disk_log.first_names = live;
}
