/* The power is cut at any moment of a store's life, on a disk that then has done the least it
 * promised: what the store said is safe must be there, and it must start.
 *
 * power_cuts [STORY [CUTS [SEED]]]: the seed repeats all of it. VB_CUTS: how many, where no number
 * is given. */
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../fixtures/scratch_dir.h"
#include "linux/system/log.h"
#include "story.h"

enum { CUTS_USUAL = 400, CUTS_PER_LIFE = 100, PATH_SIZE = 128 };

static const struct story *const stories[] = {&settings_story, &copies_story,     &events_story,
                                              &history_story,  &recordings_story, &identity_story};

static char where[256];      /* which cut this is */
static char root[PATH_SIZE]; /* all that this makes */

void story_fails(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fprintf(stderr, "%s: ", where);
    (void)vfprintf(stderr, format, arguments);
    (void)fprintf(stderr, "\nThe folder is kept: %s\n", root);
    va_end(arguments);
    _exit(1);
}

static void remove_folder(const char *folder)
{
    STORY_REQUIRE(scratch_dir_remove(folder) == 0, "%s cannot be removed", folder);
}

/* One life, from what is in the folder; then cuts of it. What the last cut has left is where the
 * next life begins: it mends that itself, and may be cut while it does. */
static void live_once(const struct story *story, const char *folder, unsigned life, unsigned cuts,
                      uint64_t seed)
{
    uint32_t marks[WATCHED_DISK_MARKS];
    struct vb_random random;
    vb_random_seed(&random, seed + life);
    (void)snprintf(where, sizeof where, "%s, seed %llu, life %u", story->name,
                   (unsigned long long)seed, life);
    watched_disk_begin(folder);
    story->live(folder, &random);
    watched_disk_end();
    remove_folder(folder);
    for (unsigned i = 1; i <= cuts; i++) {
        const size_t moment = watched_disk_choose(&random);
        const uint64_t fate = vb_random_u64(&random);
        (void)snprintf(where, sizeof where, "%s, seed %llu, life %u, cut %u at moment %zu",
                       story->name, (unsigned long long)seed, life, i, moment);
        watched_disk_cut(moment, fate, folder, marks);
        story->examine(folder, marks, i == cuts);
        remove_folder(folder);
        if (i == cuts)
            watched_disk_cut(moment, fate, folder, marks);
    }
}

static void tell(const struct story *story, unsigned cuts, uint64_t seed)
{
    char folder[PATH_SIZE];
    (void)snprintf(folder, sizeof folder, "%.100s/%s", root, story->name);
    STORY_REQUIRE(mkdir(folder, 0700) == 0, "%s cannot be made", folder);
    story->begin();
    unsigned done = 0;
    for (unsigned life = 1; done < cuts; life++) {
        const unsigned some = cuts - done < CUTS_PER_LIFE ? cuts - done : CUTS_PER_LIFE;
        live_once(story, folder, life, some, seed);
        done += some;
        if (life % 6 == 0) { /* what has gathered makes it slow */
            remove_folder(folder);
            STORY_REQUIRE(mkdir(folder, 0700) == 0, "%s cannot be made", folder);
            story->begin();
        }
    }
    remove_folder(folder);
    printf("%s: %u cuts, nothing lost\n", story->name, cuts);
}

static const struct story *story_named(const char *name)
{
    for (unsigned i = 0; i < VB_COUNT_OF(stories); i++) {
        if (strcmp(stories[i]->name, name) == 0)
            return stories[i];
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const char *wanted = getenv("VB_CUTS");
    const char *number = argc > 2 ? argv[2] : wanted;
    const unsigned cuts = number == NULL ? CUTS_USUAL : (unsigned)strtoul(number, NULL, 10);
    const uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    const struct story *story = argc > 1 ? story_named(argv[1]) : NULL;
    if (cuts == 0 || (argc > 1 && story == NULL)) {
        (void)fprintf(stderr,
                      "power_cuts [settings|copies|events|history|recordings|identity [CUTS "
                      "[SEED]]]\n");
        return 2;
    }
    vb_log_set_level(VB_LOG_ERROR);
    (void)snprintf(root, sizeof root, "%s/voltbeacon-cuts-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    STORY_REQUIRE(mkdtemp(root) != NULL, "%s cannot be made", root);
    for (unsigned i = 0; i < VB_COUNT_OF(stories); i++) {
        if (story == NULL || story == stories[i])
            tell(stories[i], cuts, seed);
    }
    remove_folder(root);
    return 0;
}
