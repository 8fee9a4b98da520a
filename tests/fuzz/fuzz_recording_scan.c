/* Files of any content in the folder of recordings, left by an older run: listed as they are, or
 * left alone. The first byte says whether the file was published. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz_require.h"
#include "linux/recordings/recording_scan.h"

enum { ENTRIES = 4 };

#define FILE_NAME "2026-11-22T200000Z-021a2b3c4d5e-imbalance-cell17.jsonl"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char path[] = "/dev/shm/vb_fuzz_XXXXXX"; /* in memory, this process's own */
    static bool made;
    struct vb_recording_entry entries[ENTRIES];
    if (size == 0)
        return 0;
    require(made || mkdtemp(path) != NULL);
    made = true;
    const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    require(folder >= 0);
    const char *name = data[0] % 2 == 0 ? FILE_NAME : FILE_NAME VB_RECORDING_PART;
    const int file = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    require(file >= 0 && write(file, data + 1, size - 1) == (ssize_t)(size - 1));
    require(close(file) == 0);
    const unsigned count = vb_recording_scan(folder, entries, ENTRIES);
    require(count <= 1);
    if (count == 1) {
        require(vb_recording_name_is_sound(entries[0].name));
        require(entries[0].bytes == size - 1);
        require(memchr(entries[0].reason, '\0', sizeof entries[0].reason) != NULL);
        require(entries[0].state != VB_RECORDING_UNDER_WAY);
    }
    (void)unlinkat(folder, FILE_NAME, 0);
    (void)unlinkat(folder, FILE_NAME VB_RECORDING_PART, 0);
    require(close(folder) == 0);
    require(rmdir(path) == 0 && mkdir(path, 0700) == 0); /* nothing else was left in it */
    return 0;
}
