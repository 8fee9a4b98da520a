/* Which SQLite VFS a database uses, and how a full disk is kept from killing the process. */
#ifndef VOLTBEACON_LINUX_DATABASE_VFS_H
#define VOLTBEACON_LINUX_DATABASE_VFS_H

/* https://sqlite.org/vfs.html#standard_unix_vfses. "unix-excl" keeps the log's index in this
 * process's memory, not in a mapped file; meanwhile no other process can open the database. */
#define VB_DATABASE_VFS_OWN "unix-excl"
#define VB_DATABASE_VFS_UNLOCKED "unix-none"

/* Databases that other programs may read have the index in a mapped file, -shm. SQLite extends it
 * by writing one byte at the end of each 4096-byte page; if the disk's blocks are smaller, the rest
 * of the page is a hole, and writing to it on a full disk raises SIGBUS. After this call the whole
 * page is allocated, or SQLite reports that it cannot. May be called again. */
void vb_database_vfs_install(void);

#endif
