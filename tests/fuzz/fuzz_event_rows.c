/* Rows of any content in the database of the event log: each is visited as an occurrence that the
 * API may show, or passed over. A row of the input is, for each column, a byte for its type and
 * what that type takes. */
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fuzz_require.h"
#include "linux/events/event_rows.h"
#include "linux/system/log.h"
#include "voltbeacon/core/bytes.h"

enum { COLUMNS = 13, ROWS_MAX = 8, TEXT_MAX = 40 };

static char folder[] = "/dev/shm/vb_fuzz_XXXXXX";
static unsigned visited;

static void visit(void *ctx, const struct vb_occurrence *occurrence)
{
    (void)ctx;
    visited++;
    require(vb_occurrence_kind_name(occurrence) != NULL);
    require(occurrence->id > 0 && occurrence->id <= INT64_MAX);
    require(occurrence->alarm.level <= VB_ALARM_ALERT && !isinf(occurrence->alarm.worst_value));
    require(memchr(occurrence->text, '\0', sizeof occurrence->text) != NULL);
    require(occurrence->recording[0] == '\0' || vb_recording_name_is_sound(occurrence->recording));
}

/* A text that columns know, or one of any content. */
static void bind_text(sqlite3_stmt *row, int column, struct vb_reader *reader)
{
    static const char *const known[] = {"imbalance", "link_offline", "receiver_started",
                                        "alert",     "info",         "02:1a:2b:3c:4d:5e"};
    const uint8_t which = vb_read_u8(reader);
    if (which < VB_COUNT_OF(known)) {
        sqlite3_bind_text(row, column, known[which], -1, SQLITE_STATIC);
        return;
    }
    size_t size = which % TEXT_MAX;
    size = size < vb_reader_left(reader) ? size : vb_reader_left(reader);
    const uint8_t *bytes = vb_read_view(reader, size);
    sqlite3_bind_text(row, column, (const char *)bytes, (int)size, SQLITE_TRANSIENT);
}

static void bind_any(sqlite3_stmt *row, int column, struct vb_reader *reader)
{
    switch (vb_read_u8(reader) % 5) {
    case 0:
        sqlite3_bind_null(row, column);
        break;
    case 1:
        sqlite3_bind_int(row, column, (int8_t)vb_read_u8(reader));
        break;
    case 2:
        sqlite3_bind_int64(row, column,
                           (int64_t)((uint64_t)vb_read_u32(reader) << 32 | vb_read_u32(reader)));
        break;
    case 3:
        sqlite3_bind_double(row, column, (int32_t)vb_read_u32(reader) / 8.0);
        break;
    default:
        bind_text(row, column, reader);
    }
}

static void fill(sqlite3 *db, struct vb_reader *reader)
{
    static const char sql[] = "INSERT OR IGNORE INTO events (id, kind, mac, level, cell, sensor, "
                              "value, threshold, begin_ms, end_ms, acknowledged_ms, text, "
                              "recording) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)";
    sqlite3_stmt *row = NULL;
    require(sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK);
    for (unsigned i = 0; i < ROWS_MAX && vb_reader_left(reader) > 0; i++) {
        for (int column = 1; column <= COLUMNS; column++)
            bind_any(row, column, reader);
        (void)sqlite3_step(row); /* NOT NULL may refuse it */
        sqlite3_reset(row);
    }
    sqlite3_finalize(row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool made;
    static sqlite3 *db;
    struct vb_event_rows rows;
    struct vb_reader reader = vb_reader_of(data, size);
    char error[256];
    if (!made) {
        char path[64];
        require(mkdtemp(folder) != NULL);
        require(vb_event_rows_open(&rows, folder, visit, NULL, error, sizeof error));
        vb_event_rows_close(&rows);
        (void)snprintf(path, sizeof path, "%s/events.db", folder);
        require(sqlite3_open(path, &db) == SQLITE_OK);
        made = true;
    }
    require(sqlite3_exec(db, "PRAGMA synchronous=OFF; BEGIN; DELETE FROM events", NULL, NULL,
                         NULL) == SQLITE_OK);
    fill(db, &reader);
    require(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK);
    visited = 0;
    require(vb_event_rows_open(&rows, folder, visit, NULL, error, sizeof error));
    require(visited <= ROWS_MAX);
    vb_event_rows_close(&rows);
    return 0;
}
