/* A store's life until the power is cut, and what must be so at its next start. */
#ifndef VOLTBEACON_CUTS_STORY_H
#define VOLTBEACON_CUTS_STORY_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "voltbeacon/core/random.h"
#include "watched_disk.h"

/* What a story marks: how many changes it has begun, and how many it was told are safe. */
enum { MARK_BEGUN, MARK_SAFE };

struct story {
    const char *name;
    /* From an empty folder: nothing is known to be in it. */
    void (*begin)(void);
    /* Opens the store in the folder, changes it, and closes it, a few times over. */
    void (*live)(const char *folder, struct vb_random *random);
    /* Opens it after a cut with these marks. Fails where it lost, tore, or invented something.
     * Where the story goes on from here, what was found is what is known from now on. */
    void (*examine)(const char *folder, const uint32_t marks[WATCHED_DISK_MARKS], int goes_on);
};

extern const struct story settings_story;
extern const struct story copies_story;
extern const struct story events_story;
extern const struct story history_story;
extern const struct story recordings_story;
extern const struct story identity_story;

/* Says what is wrong, and with which cut, and ends the program. */
void story_fails(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#define STORY_REQUIRE(condition, ...) \
    do {                              \
        if (!(condition))             \
            story_fails(__VA_ARGS__); \
    } while (0)

#endif
