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

/* Determines the encoding by the byte order mark, or without one by the first character, which in a
 * log is ASCII. 0, or errno if the file cannot be read. */
static int look_at_text(struct vb_source_file *file)
{
    errno = 0;
    const int first = vb_source_file_raw_byte(file);
    const int second = vb_source_file_raw_byte(file);
    if ((first == 0xFF && second == 0xFE) || (first > 0 && second == 0))
        file->text = VB_SOURCE_TEXT_UTF16_LE;
    else if ((first == 0xFE && second == 0xFF) || (first == 0 && second > 0))
        file->text = VB_SOURCE_TEXT_UTF16_BE;
    const int failure = ferror(file->stream) != 0 ? errno : 0;
    vb_source_file_rewind(file);
    return failure;
}

/* The name of a compressed format, by the file's first bytes; NULL if it is none. */
static const char *packed_by(struct vb_source_file *file)
{
    enum { MAGIC_MAX = 6 };
    static const struct {
        const char *magic;
        const char *name;
    } packers[] = {{"\x1F\x8B", "gzip"},
                   {"PK\x03\x04", "zip; a spreadsheet is saved as CSV instead"},
                   {"\xFD"
                    "7zXZ",
                    "xz"},
                   {"\x28\xB5\x2F\xFD", "zstd"},
                   {"BZh", "bzip2"},
                   {"7z\xBC\xAF", "7-Zip"}};
    char begin[MAGIC_MAX + 1] = "";
    for (size_t i = 0; i < MAGIC_MAX; i++) {
        const int byte = vb_source_file_raw_byte(file);
        begin[i] = (char)(byte == EOF ? 0 : byte);
    }
    vb_source_file_rewind(file);
    for (size_t i = 0; i < sizeof packers / sizeof *packers; i++) {
        if (strncmp(begin, packers[i].magic, strlen(packers[i].magic)) == 0)
            return packers[i].name;
    }
    return NULL;
}

int vb_source_file_utf16(struct vb_source_file *file)
{
    enum { BYTE_ORDER_MARK = 0xFEFF, NO_BREAK_SPACE = 0xA0, NARROW_SPACE = 0x202F };
    for (;;) {
        const int first = vb_source_file_raw_byte(file);
        const int second = first == EOF ? EOF : vb_source_file_raw_byte(file);
        if (second == EOF)
            return EOF;
        const int unit =
            file->text == VB_SOURCE_TEXT_UTF16_LE ? second << 8 | first : first << 8 | second;
        if (unit == BYTE_ORDER_MARK)
            continue;
        if (unit == NO_BREAK_SPACE || unit == NARROW_SPACE)
            return ' ';
        return unit < 0x80 ? unit : '?';
    }
}

void vb_source_file_close(struct vb_source_file *file)
{
    if (file->stream != NULL)
        (void)fclose(file->stream);
    file->stream = NULL;
}

/* what: see vb_source_file_open(). */
static bool open_stream(struct vb_source_file *file, int fd, const char *what,
                        struct vb_source_error *error)
{
    file->stream = fdopen(fd, "r");
    const int failure = file->stream == NULL ? errno : look_at_text(file);
    const char *packer = failure == 0 ? packed_by(file) : NULL;
    if (packer != NULL) {
        vb_source_error_set(error, "recording %s is compressed (%s), expected %s: unpack it first",
                            file->name, packer, what);
        vb_source_file_close(file);
        return false;
    }
    if (failure == 0)
        return true;
    vb_source_error_set(error, "cannot read recording %s: %s", file->name, strerror(failure));
    error->fault = file->stream == NULL ? VB_SOURCE_FAULT_MEMORY : VB_SOURCE_FAULT_READING;
    if (file->stream == NULL)
        (void)close(fd);
    else
        vb_source_file_close(file);
    return false;
}

bool vb_source_file_open(struct vb_source_file *file, const char *path, const char *what,
                         struct vb_source_error *error)
{
    file->stream = NULL;
    file->text = VB_SOURCE_TEXT_BYTES;
    file->at = 0;
    file->count = 0;
    set_name(file, path);
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not block here */
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        vb_source_error_set(error, "cannot open recording %s: %s", file->name, strerror(errno));
        error->fault = errno == EACCES ? VB_SOURCE_FAULT_ACCESS : VB_SOURCE_FAULT_FILE;
    } else if (S_ISDIR(status.st_mode)) {
        vb_source_error_set(error, "recording %s is a directory, expected %s", file->name, what);
        error->fault = VB_SOURCE_FAULT_FILE;
    } else if (!S_ISREG(status.st_mode)) {
        vb_source_error_set(error, "recording %s is a device or a pipe, expected %s", file->name,
                            what);
        error->fault = VB_SOURCE_FAULT_FILE;
    } else if (status.st_size == 0) {
        vb_source_error_set(error, "recording %s is empty, expected %s", file->name, what);
    } else {
        return open_stream(file, fd, what, error);
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
