/* What the fuzzers of sources share: a file of any content is opened, or refused with a sentence;
 * twice, the second time in a loop. */
#ifndef VOLTBEACON_TESTS_FUZZ_SOURCE_H
#define VOLTBEACON_TESTS_FUZZ_SOURCE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz_require.h"
#include "sources/source.h"

/* An empty file without a name. */
static inline int source_file_new(void)
{
    const int fd = memfd_create("source", MFD_CLOEXEC);
    require(fd >= 0);
    return fd;
}

static inline void source_file_add(int fd, const void *bytes, size_t size)
{
    require(write(fd, bytes, size) == (ssize_t)size);
}

/* kind: "csv". Closes the file. */
static inline void source_file_play(int fd, const char *kind, void (*play)(struct vb_source *))
{
    char text[64];
    (void)snprintf(text, sizeof text, "%s:/proc/self/fd/%d", kind, fd);
    for (int loop = 0; loop <= 1; loop++) {
        const struct vb_source_options options = {.loop = loop == 1};
        struct vb_source_error error = {.text = ""};
        struct vb_source *source = vb_source_open(text, &options, &error);
        if (source != NULL)
            play(source);
        else
            require(error.text[0] != '\0');
        vb_source_close(source);
    }
    close(fd);
}

#endif
