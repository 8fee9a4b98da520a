#include "sources/recording_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct vb_recording_name vb_recording_name_of(const char *path)
{
    static const char ellipsis[] = "...";
    struct vb_recording_name name;
    const size_t length = strlen(path);
    if (length < sizeof name.text) {
        memcpy(name.text, path, length + 1);
        return name;
    }
    const size_t tail = sizeof name.text - sizeof ellipsis;
    memcpy(name.text, ellipsis, strlen(ellipsis));
    memcpy(name.text + strlen(ellipsis), path + length - tail, tail + 1);
    return name;
}

FILE *vb_recording_open(const char *path, const char *what, struct vb_source_error *error)
{
    const struct vb_recording_name name = vb_recording_name_of(path);
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not block here */
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        vb_source_error_set(error, "cannot open recording %s: %s", name.text, strerror(errno));
    } else if (S_ISDIR(status.st_mode)) {
        vb_source_error_set(error, "recording %s is a directory, expected %s", name.text, what);
    } else if (!S_ISREG(status.st_mode)) {
        vb_source_error_set(error, "recording %s is a device or a pipe, expected %s", name.text,
                            what);
    } else if (status.st_size == 0) {
        vb_source_error_set(error, "recording %s is empty, expected %s", name.text, what);
    } else {
        FILE *file = fdopen(fd, "r");
        if (file != NULL)
            return file;
        vb_source_error_set(error, "cannot read recording %s: %s", name.text, strerror(errno));
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}
