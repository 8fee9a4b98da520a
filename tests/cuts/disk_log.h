/* What happened to a folder, call by call; for watched_disk.h. Names are relative to the folder,
 * which is "" itself. What fails here ends the program. */
#ifndef VOLTBEACON_DISK_LOG_H
#define VOLTBEACON_DISK_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DISK_FILES_MAX = 256, DISK_NAMES_MAX = 128, DISK_NAME_SIZE = 96 };

enum disk_kind {
    DISK_WRITE,
    DISK_SIZE,
    DISK_SYNC,
    DISK_NAME, /* a new file has one */
    DISK_FOLDER,
    DISK_MOVE,
    DISK_REMOVE,
    DISK_SYNC_FOLDER,
    DISK_MARK
};

struct disk_event {
    enum disk_kind kind;
    int file;
    uint64_t offset; /* or the size, or a mark's value */
    size_t size;
    uint8_t *bytes;
    char name[DISK_NAME_SIZE];
    char to[DISK_NAME_SIZE];
};

struct disk_names {
    unsigned count;
    struct {
        char name[DISK_NAME_SIZE];
        int file; /* -1: a folder */
    } at[DISK_NAMES_MAX];
};

struct disk_content {
    uint8_t *bytes;
    size_t size;
    size_t room;
};

/* All there is of it; events grow, and move. */
struct disk_log {
    struct disk_event *events;
    size_t event_count;
    size_t event_room;
    struct disk_names first_names; /* when it began */
    struct disk_content first_contents[DISK_FILES_MAX];
    int file_count;
};

extern struct disk_log disk_log;

/* Forgets everything, and begins with what is in the folder. */
void disk_log_begin(const char *folder);

/* The file of this name, which is made where there is none: its number, from 0. */
int disk_log_open(const char *name);
void disk_log_write(int file, const void *bytes, size_t size, uint64_t offset);
void disk_log_size(int file, uint64_t size);
void disk_log_sync(int file);
void disk_log_folder(const char *name);
void disk_log_move(const char *from, const char *to);
void disk_log_remove(const char *name);
void disk_log_sync_folder(const char *name);
void disk_log_mark(unsigned which, uint32_t value);

/* ---- What is there, as one event after the other happens ---- */

/* Where the name is; -1: nowhere. */
int disk_names_find(const struct disk_names *names, const char *name);
bool disk_names_are_changed_by(const struct disk_event *event);
void disk_names_change(struct disk_names *names, const struct disk_event *event);
/* What it grows by is zero. */
void disk_content_resize(struct disk_content *content, size_t size);

#endif
