#include "linux/history/history_file.h"

#include <stdio.h>

#include "linux/system/log.h"
#include "voltbeacon/core/platform.h"

enum {
    READER_BUSY_MS = 50 /* it waits on the loop's thread, and only during log recovery */
};

/* The tables are described in docs/history.md. */
#define POINTS(name)                                                                        \
    "CREATE TABLE IF NOT EXISTS points_" name " (id INTEGER PRIMARY KEY, readings INTEGER," \
    " pack_mv_readings INTEGER, pack_mv_min INTEGER, pack_mv_mean REAL,"                    \
    " pack_mv_max INTEGER, current_ma_readings INTEGER, current_ma_min INTEGER,"            \
    " current_ma_mean REAL, current_ma_max INTEGER, soc_permille_readings INTEGER,"         \
    " soc_permille_min INTEGER, soc_permille_mean REAL, soc_permille_max INTEGER,"          \
    " cells BLOB, temperatures BLOB);"                                                      \
    "CREATE VIEW IF NOT EXISTS history_" name " AS SELECT mac,"                             \
    " datetime(id & 0xffffffffff, 'unixepoch') AS time_utc, id & 0xffffffffff AS at,"       \
    " readings, pack_mv_min, pack_mv_mean, pack_mv_max, current_ma_min, current_ma_mean,"   \
    " current_ma_max, soc_permille_min, soc_permille_mean, soc_permille_max"                \
    " FROM packs JOIN points_" name " ON id >> 40 = pack;"

#define PACKS \
    "CREATE TABLE IF NOT EXISTS packs (pack INTEGER PRIMARY KEY, mac TEXT NOT NULL UNIQUE);"
#define DAYS                                                                       \
    "CREATE TABLE IF NOT EXISTS days (id INTEGER PRIMARY KEY, in_j REAL NOT NULL," \
    " out_j REAL NOT NULL);"                                                       \
    "CREATE VIEW IF NOT EXISTS energy AS SELECT mac,"                              \
    " date((id & 0xffffffffff) * 86400, 'unixepoch') AS day,"                      \
    " in_j / 3600000 AS in_kwh, out_j / 3600000 AS out_kwh"                        \
    " FROM packs JOIN days ON id >> 40 = pack;"

static const char *const steps[] = {PACKS POINTS("10s") POINTS("1min") POINTS("1h") DAYS};

static const struct vb_database_layout layout = {.file = "history.db",
                                                 .what = "the history",
                                                 .steps = steps,
                                                 .step_count = VB_COUNT_OF(steps),
                                                 .journal_bytes_max = 4194304,
                                                 .shared = true};

enum vb_database_result vb_history_file_open(struct vb_database *file, const char *dir, char *error,
                                             size_t error_size)
{
    return vb_database_open(file, dir, &layout, error, error_size);
}

sqlite3 *vb_history_file_reader(const char *dir)
{
    char path[PATH_MAX];
    const int size = snprintf(path, sizeof path, "%s/%s", dir, layout.file);
    return size > 0 && size < PATH_MAX ? vb_database_reader(path, &layout, READER_BUSY_MS) : NULL;
}
