#include "sources/source_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void set_name(struct vb_source_file *file, const char *path)
{
    static const char ellipsis[] = "...";
    const size_t length = strlen(path);
    if (length < sizeof file->name) {
        memcpy(file->name, path, length + 1);
        return;
    }
    const size_t tail = sizeof file->name - sizeof ellipsis;
    memcpy(file->name, ellipsis, strlen(ellipsis));
    memcpy(file->name + strlen(ellipsis), path + length - tail, tail + 1);
}

bool vb_source_file_open(struct vb_source_file *file, const char *path, const char *what,
                         struct vb_source_error *error)
{
    file->stream = NULL;
    file->at = 0;
    file->count = 0;
    set_name(file, path);
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not block here */
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        vb_source_error_set(error, "cannot open recording %s: %s", file->name, strerror(errno));
    } else if (S_ISDIR(status.st_mode)) {
        vb_source_error_set(error, "recording %s is a directory, expected %s", file->name, what);
    } else if (!S_ISREG(status.st_mode)) {
        vb_source_error_set(error, "recording %s is a device or a pipe, expected %s", file->name,
                            what);
    } else if (status.st_size == 0) {
        vb_source_error_set(error, "recording %s is empty, expected %s", file->name, what);
    } else {
        file->stream = fdopen(fd, "r");
        if (file->stream != NULL)
            return true;
        vb_source_error_set(error, "cannot read recording %s: %s", file->name, strerror(errno));
    }
    if (fd >= 0)
        close(fd);
    return false;
}

void vb_source_file_rewind(struct vb_source_file *file)
{
    rewind(file->stream);
    file->at = 0;
    file->count = 0;
}

void vb_source_file_close(struct vb_source_file *file)
{
    if (file->stream != NULL)
        (void)fclose(file->stream);
    file->stream = NULL;
}
