/* Which of SQLite's file systems a database goes through, and what keeps a full disk from ending
 * the process. */
#ifndef VOLTBEACON_LINUX_DATABASE_VFS_H
#define VOLTBEACON_LINUX_DATABASE_VFS_H

/* https://sqlite.org/vfs.html#standard_unix_vfses. "unix-excl" keeps the index of the log in this
 * process's memory, not in a mapped file; no other process can open the database meanwhile. */
#define VB_DATABASE_VFS_OWN "unix-excl"
#define VB_DATABASE_VFS_UNLOCKED "unix-none"

/* Databases that other programs may read have the index in a mapped file, -shm. SQLite makes room
 * in it by one byte at the end of each page of 4096; where the blocks of the disk are smaller, the
 * rest of the page is a hole, and writing to it on a full disk is SIGBUS. From now on there is room
 * for the whole page, or the file cannot be had and SQLite says so. May be called again. */
void vb_database_vfs_install(void);

#endif
