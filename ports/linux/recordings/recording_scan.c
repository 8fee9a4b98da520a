#include "linux/recordings/recording_scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux/history/history.h"
#include "linux/system/log.h"
#include "recordings/recording_lines.h"

enum { TAIL_BYTES = 2 * VB_RECORDING_LINE_BYTES_MAX };

/* Times from before Voltbeacon existed come from a clock that was not set. */
static uint64_t known_ms(uint64_t at_ms)
{
    return at_ms < VB_HISTORY_WALL_MS_MIN ? 0 : at_ms;
}

/* What a file in the folder turns out to be. One that cannot be read now is left alone: it may be
 * intact, and the only copy. */
enum found { FOUND_RECORDING, FOUND_NONE, FOUND_UNREADABLE };

/* Whether the file starts like a recording. */
static enum found read_head(int fd, struct vb_recording_entry *entry)
{
    char text[VB_RECORDING_LINE_BYTES_MAX];
    struct vb_recording_head head;
    struct vb_source_error reason;
    const ssize_t size = pread(fd, text, sizeof text, 0);
    const char *end = size > 0 ? memchr(text, '\n', (size_t)size) : NULL;
    if (end == NULL || !vb_recording_head_parse(text, (size_t)(end - text), &head, &reason))
        return size < 0 ? FOUND_UNREADABLE : FOUND_NONE;
    entry->mac_known = head.mac_known;
    entry->mac = head.mac;
    entry->begin_ms = known_ms(head.begin_ms);
    entry->end_ms = known_ms(head.begin_ms);
    snprintf(entry->reason, sizeof entry->reason, "%s", head.reason);
    return FOUND_RECORDING;
}

/* The last complete lines tell when it ends, and whether it is complete. */
static enum found read_tail(int fd, struct vb_recording_entry *entry)
{
    char text[TAIL_BYTES];
    const uint64_t offset = entry->bytes > sizeof text ? entry->bytes - sizeof text : 0;
    const ssize_t size = pread(fd, text, sizeof text, (off_t)offset);
    const char *end = size > 0 ? memrchr(text, '\n', (size_t)size) : NULL;
    entry->state = VB_RECORDING_CUT;
    while (end != NULL) {
        struct vb_recording_line line;
        struct vb_source_error reason;
        const char *before = memrchr(text, '\n', (size_t)(end - text));
        const char *start = before == NULL ? text : before + 1;
        switch (vb_recording_line_parse(start, (size_t)(end - start), &line, &reason)) {
        case VB_RECORDING_END:
            entry->state = VB_RECORDING_COMPLETE;
            break;
        case VB_RECORDING_READING:
        case VB_RECORDING_OTHER:
            entry->end_ms = known_ms(line.recorded.at_ms);
            return FOUND_RECORDING;
        case VB_RECORDING_BROKEN:
            return FOUND_RECORDING;
        }
        end = before;
    }
    return size < 0 ? FOUND_UNREADABLE : FOUND_RECORDING;
}

static enum found read_entry(int dir_fd, const char *file, struct vb_recording_entry *entry)
{
    struct stat status;
    const int fd = openat(dir_fd, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ELOOP ? FOUND_NONE : FOUND_UNREADABLE;
    enum found found =
        fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? read_head(fd, entry) : FOUND_NONE;
    if (found == FOUND_RECORDING) {
        entry->bytes = (uint64_t)status.st_size;
        found = read_tail(fd, entry);
    }
    const int reason = errno;
    close(fd);
    errno = reason;
    return found;
}

/* Sets the name of the recording that the file is or will become; false if it is neither. */
static bool name_of(const char *file, char name[VB_RECORDING_NAME_SIZE], bool *part)
{
    const size_t ending = strlen(VB_RECORDING_PART);
    size_t size = strlen(file);
    *part = size > ending && strcmp(file + size - ending, VB_RECORDING_PART) == 0;
    size -= *part ? ending : 0;
    if (size >= VB_RECORDING_NAME_SIZE)
        return false;
    memcpy(name, file, size);
    name[size] = '\0';
    return vb_recording_name_is_sound(name);
}

/* False if this file yields no recording. */
static bool take_file(int dir_fd, const char *file, struct vb_recording_entry *entry)
{
    bool part;
    *entry = (struct vb_recording_entry){.state = VB_RECORDING_CUT};
    if (!name_of(file, entry->name, &part))
        return false;
    const enum found found = read_entry(dir_fd, file, entry);
    if (found == FOUND_NONE) {
        if (part)
            (void)unlinkat(dir_fd, file, 0);
        return false;
    }
    if (found == FOUND_UNREADABLE || (part && renameat(dir_fd, file, dir_fd, entry->name) != 0)) {
        vb_log(VB_LOG_ERROR, "recording %s cannot be read now: %s; it is kept for the next start",
               file, strerror(errno));
        return false;
    }
    if (part)
        vb_log(VB_LOG_INFO, "recording %s was cut off by a restart; the part before that is kept",
               entry->name);
    return true;
}

static int compare_begins(const void *a, const void *b)
{
    const struct vb_recording_entry *left = a;
    const struct vb_recording_entry *right = b;
    return (left->begin_ms > right->begin_ms) - (left->begin_ms < right->begin_ms);
}

unsigned vb_recording_scan(int dir_fd, struct vb_recording_entry *entries, unsigned capacity)
{
    unsigned count = 0;
    const int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    for (const struct dirent *file; (file = readdir(dir)) != NULL;) {
        struct vb_recording_entry entry;
        if (!take_file(dir_fd, file->d_name, &entry))
            continue;
        if (count == capacity) { /* more than we ever keep: somebody put them there */
            qsort(entries, count, sizeof *entries, compare_begins);
            memmove(entries, entries + 1, (count - 1) * sizeof *entries);
            count--;
        }
        entries[count++] = entry;
    }
    (void)closedir(dir);
    qsort(entries, count, sizeof *entries, compare_begins);
    return count;
}
