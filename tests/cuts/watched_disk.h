/* What a folder may hold after the power was cut, at any moment of what a program did to it.
 *
 * The program's own calls of libc, and those of the libraries it uses, are watched, and carried
 * out. Of a write that no sync of its file has followed, every sector may be there, or not, or be
 * nonsense, whatever became of writes before and after it. Of names made, changed and removed that
 * no sync of their folder has followed, the first so many are there: file systems keep a journal of
 * those. A sync of a file says nothing of its name.
 *
 * Models: SQLite's test_journal and crash tests; ALICE (Pillai et al., "All File Systems Are Not
 * Created Equal", OSDI 2014). */
#ifndef VOLTBEACON_WATCHED_DISK_H
#define VOLTBEACON_WATCHED_DISK_H

#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/random.h"

enum { WATCHED_DISK_MARKS = 2 };

/* From now on what is done under this folder is remembered; what is in it is on the disk. Files
 * that are open already are not seen. One folder at a time. */
void watched_disk_begin(const char *folder);
/* Nothing more is remembered; what was, is until the next begin. */
void watched_disk_end(void);

/* At this moment of what happened, the program has begun, or been told that it is safe, as much as
 * value says: a number that never becomes smaller. which: 0 or 1, as the test likes. */
void watched_disk_mark(unsigned which, uint32_t value);

/* A moment to cut the power at. Every fourth one is just behind a change of names, which are few
 * among writes. */
size_t watched_disk_choose(struct vb_random *random);

/* Fills the folder `to`, which is made, with what may be there after a cut at the moment. The seed
 * chooses among all that may be. marks: what had been marked by then. */
void watched_disk_cut(size_t moment, uint64_t seed, const char *to,
                      uint32_t marks[WATCHED_DISK_MARKS]);

#endif
