/* The file that a source plays: opened once, read from its beginning on each loop. */
#ifndef VOLTBEACON_SOURCES_SOURCE_FILE_H
#define VOLTBEACON_SOURCES_SOURCE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sources/source_error.h"

enum { VB_SOURCE_FILE_AHEAD = 4096 };

/* How the file encodes its characters. */
enum vb_source_text {
    VB_SOURCE_TEXT_BYTES,    /* ASCII, UTF-8 */
    VB_SOURCE_TEXT_UTF16_LE, /* as Windows programs and shells save text */
    VB_SOURCE_TEXT_UTF16_BE
};

struct vb_source_file {
    FILE *stream;   /* NULL = not open */
    char name[128]; /* for messages: its path, or "..." and the end of it if it is long */
    enum vb_source_text text;
    size_t at; /* of the bytes read ahead */
    size_t count;
    uint8_t ahead[VB_SOURCE_FILE_AHEAD];
};

/* what: what the file should be, for messages: "a CSV file". False and *error if path is not a file
 * that has content and can be reread from its beginning; the name is set all the same. The caller
 * closes it. */
VB_MUST_USE bool vb_source_file_open(struct vb_source_file *file, const char *path,
                                     const char *what, struct vb_source_error *error);

/* The next raw byte of the file; otherwise like vb_source_file_byte(). */
static inline int vb_source_file_raw_byte(struct vb_source_file *file)
{
    if (file->at == file->count) {
        file->at = 0;
        file->count = fread(file->ahead, 1, sizeof file->ahead, file->stream);
        if (file->count == 0)
            return EOF;
    }
    return file->ahead[file->at++];
}

/* The next character of UTF-16 as a byte, see vb_source_file_byte(). */
int vb_source_file_utf16(struct vb_source_file *file);

/* The next byte of the text; EOF at the end of the file, or if it cannot be read, which ferror() of
 * the stream tells. In UTF-16, ASCII characters are themselves, the spaces that phones write become
 * a space, and any other character '?'. A getc() without a lock, on every
 * platform. */
static inline int vb_source_file_byte(struct vb_source_file *file)
{
    return file->text == VB_SOURCE_TEXT_BYTES ? vb_source_file_raw_byte(file)
                                              : vb_source_file_utf16(file);
}

/* Back to the first byte. */
void vb_source_file_rewind(struct vb_source_file *file);

/* May also be called on a zeroed one, or one that could not be opened. */
void vb_source_file_close(struct vb_source_file *file);

#endif
