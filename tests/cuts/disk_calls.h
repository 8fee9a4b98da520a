/* The calls of libc that reach a disk, watched in one folder; for watched_disk.h. */
#ifndef VOLTBEACON_DISK_CALLS_H
#define VOLTBEACON_DISK_CALLS_H

/* From now on, calls under this folder reach disk_log.h. NULL: no more do. */
void disk_calls_watch(const char *folder);
/* No call, of any thread, is between its effect and its being logged until unlock. */
void disk_calls_lock(void);
void disk_calls_unlock(void);

#endif
