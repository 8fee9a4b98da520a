/* In place of libFuzzer, where the compiler has none: gives a fuzzer the files named, and those in
 * the folders named, so that its seeds are tests wherever the tests run. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz_require.h"

enum { PATH_SIZE = 1024, INPUT_MAX = 1 << 20 };

static unsigned count;

static void replay_file(const char *path)
{
    /* Of exactly its size, so that reading beyond it is found. */
    static uint8_t bytes[INPUT_MAX];
    FILE *file = fopen(path, "rb");
    require(file != NULL);
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    uint8_t *input = malloc(size > 0 ? size : 1);
    require(input != NULL);
    memcpy(input, bytes, size);
    (void)fprintf(stderr, "%s\n", path);
    require(LLVMFuzzerTestOneInput(input, size) == 0);
    free(input);
    count++;
}

static void replay_folder(const char *path)
{
    DIR *folder = opendir(path);
    require(folder != NULL);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char name[PATH_SIZE];
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        replay_file(name);
    }
    closedir(folder);
}

int main(int argc, char **argv)
{
    require(LLVMFuzzerTestOneInput((const uint8_t *)"", 0) == 0);
    for (int i = 1; i < argc; i++) {
        struct stat status;
        require(stat(argv[i], &status) == 0);
        if (S_ISDIR(status.st_mode))
            replay_folder(argv[i]);
        else
            replay_file(argv[i]);
    }
    printf("%u inputs\n", count);
    return count > 0 ? 0 : 1;
}
