#include "linux/events/event_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linux/system/log.h"
#include "linux/system/system_clock.h"
#include "voltbeacon/core/reading.h"

enum { READER_BUSY_MS = 2000 };

/* Kinds and levels are stored by name, so that rows can be inserted into their lists. */
#define COLUMNS                                                                \
    "id, kind, mac, level, cell, sensor, value, threshold, begin_ms, end_ms, " \
    "acknowledged_ms, text, recording, last_known_ms, now_value, worst_ms"

enum column {
    ID,
    KIND,
    MAC,
    LEVEL,
    CELL,
    SENSOR,
    VALUE,
    THRESHOLD,
    BEGIN_MS,
    END_MS,
    ACKNOWLEDGED_MS,
    TEXT,
    RECORDING,
    LAST_KNOWN_MS,
    NOW_VALUE,
    WORST_MS
};

static const char *const steps[] = {
    "CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, mac TEXT,"
    " level TEXT NOT NULL, cell INTEGER, sensor INTEGER, value REAL, threshold REAL,"
    " begin_ms INTEGER NOT NULL, end_ms INTEGER, acknowledged_ms INTEGER, text TEXT NOT NULL,"
    " recording TEXT);"
    "CREATE TABLE IF NOT EXISTS notes (key TEXT PRIMARY KEY, text TEXT NOT NULL);",
    ("ALTER TABLE events ADD COLUMN last_known_ms INTEGER;"
     "ALTER TABLE events ADD COLUMN now_value REAL;"),
    "ALTER TABLE events ADD COLUMN worst_ms INTEGER;",
};

static const struct vb_database_layout layout = {.file = "events.db",
                                                 .what = "the event log",
                                                 .steps = steps,
                                                 .step_count = VB_COUNT_OF(steps),
                                                 .journal_bytes_max = 1048576};

/* == Out ===================================================================================== */

static bool run_sql(struct vb_event_rows *rows, const char *sql)
{
    return sqlite3_exec(rows->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* When it happened, 0 = not known; NULL if it has not. */
static void bind_time(sqlite3_stmt *put, enum column column, bool happened, uint64_t wall_ms)
{
    if (!happened)
        sqlite3_bind_null(put, (int)column + 1);
    else
        sqlite3_bind_int64(put, (int)column + 1, (int64_t)wall_ms);
}

static void bind_place(sqlite3_stmt *put, enum column column, uint8_t place)
{
    if (place == VB_ALARM_NOWHERE)
        sqlite3_bind_null(put, (int)column + 1);
    else
        sqlite3_bind_int(put, (int)column + 1, place);
}

static void bind_text(sqlite3_stmt *put, enum column column, const char *text)
{
    sqlite3_bind_text(put, (int)column + 1, text, -1, SQLITE_TRANSIENT);
}

static bool put_row(struct vb_event_rows *rows, const struct vb_occurrence *occurrence)
{
    sqlite3_stmt *put = rows->put;
    const struct vb_alarm *alarm = &occurrence->alarm;
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&occurrence->mac, mac);

    sqlite3_bind_int64(put, ID + 1, (int64_t)occurrence->id);
    bind_text(put, KIND, vb_occurrence_kind_name(occurrence));
    bind_text(put, MAC, occurrence->mac_known ? mac : NULL);
    bind_text(put, LEVEL, vb_alarm_level_name((enum vb_alarm_level)alarm->level));
    bind_place(put, CELL, alarm->cell);
    bind_place(put, SENSOR, alarm->sensor);
    sqlite3_bind_double(put, VALUE + 1, alarm->worst_value); /* NAN becomes NULL */
    sqlite3_bind_double(put, THRESHOLD + 1, alarm->threshold);
    bind_time(put, BEGIN_MS, true, alarm->begin_wall_ms);
    bind_time(put, END_MS, !vb_occurrence_is_open(occurrence), alarm->end_wall_ms);
    bind_time(put, ACKNOWLEDGED_MS, occurrence->acknowledged, occurrence->acknowledged_ms);
    bind_text(put, TEXT, occurrence->text);
    bind_text(put, RECORDING, occurrence->recording[0] == '\0' ? NULL : occurrence->recording);
    bind_time(put, LAST_KNOWN_MS, occurrence->last_known, occurrence->last_known_ms);
    sqlite3_bind_double(put, NOW_VALUE + 1, alarm->now_value);
    bind_time(put, WORST_MS, alarm->worst_wall_ms != 0, alarm->worst_wall_ms);
    const bool ok = sqlite3_step(put) == SQLITE_DONE;
    sqlite3_reset(put);
    sqlite3_clear_bindings(put);
    return ok;
}

static bool erase_rows(struct vb_event_rows *rows, uint64_t to_id)
{
    sqlite3_bind_int64(rows->erase, 1, (int64_t)to_id);
    const bool ok = sqlite3_step(rows->erase) == SQLITE_DONE;
    sqlite3_reset(rows->erase);
    return ok;
}

static bool put_note(struct vb_event_rows *rows, const struct vb_event_batch *batch)
{
    sqlite3_bind_text(rows->put_note, 1, batch->note_key, -1, SQLITE_STATIC);
    sqlite3_bind_text(rows->put_note, 2, batch->note, -1, SQLITE_STATIC);
    const bool ok = sqlite3_step(rows->put_note) == SQLITE_DONE;
    sqlite3_reset(rows->put_note);
    sqlite3_clear_bindings(rows->put_note);
    return ok;
}

static bool write_batch(struct vb_event_rows *rows, const struct vb_event_batch *batch)
{
    bool ok = run_sql(rows, "BEGIN IMMEDIATE");
    for (uint32_t i = 0; ok && i < batch->row_count; i++)
        ok = put_row(rows, &batch->rows[i]);
    if (ok && batch->erase_to_id > 0)
        ok = erase_rows(rows, batch->erase_to_id);
    if (ok && batch->note != NULL)
        ok = put_note(rows, batch);
    ok = ok && run_sql(rows, "COMMIT");
    if (ok)
        return true;
    vb_log(VB_LOG_ERROR, "cannot write the event log: %s", sqlite3_errmsg(rows->db));
    vb_database_roll_back(rows->db);
    return false;
}

/* == In ====================================================================================== */

static bool happened_at(sqlite3_stmt *row, enum column column)
{
    return sqlite3_column_type(row, (int)column) == SQLITE_INTEGER;
}

/* 0 if it is not known: earlier versions stored the time of a clock that was not set. */
static uint64_t time_at(sqlite3_stmt *row, enum column column)
{
    const int64_t wall_ms = sqlite3_column_int64(row, (int)column); /* 0 for NULL */
    return wall_ms > 0 ? vb_wall_if_set((uint64_t)wall_ms) : 0;
}

static uint8_t place_at(sqlite3_stmt *row, enum column column)
{
    const bool somewhere = sqlite3_column_type(row, (int)column) == SQLITE_INTEGER;
    const int place = sqlite3_column_int(row, (int)column);
    return somewhere && place >= 0 && place < VB_CELLS_MAX ? (uint8_t)place
                                                           : (uint8_t)VB_ALARM_NOWHERE;
}

/* NAN also if it is not a possible value of an alarm. */
static float number_at(sqlite3_stmt *row, enum column column)
{
    const double number_max = 1e9;
    const double number = sqlite3_column_double(row, (int)column);
    return sqlite3_column_type(row, (int)column) == SQLITE_NULL || fabs(number) > number_max
               ? NAN
               : (float)number;
}

static void text_at(sqlite3_stmt *row, enum column column, char *text, size_t size)
{
    const unsigned char *value = sqlite3_column_text(row, (int)column);
    snprintf(text, size, "%s", value == NULL ? "" : (const char *)value);
}

/* False if this version cannot have written the row. */
static bool take_row(sqlite3_stmt *row, struct vb_occurrence *occurrence)
{
    struct vb_alarm *alarm = &occurrence->alarm;
    enum vb_alarm_level level;
    char text[VB_ALARM_TEXT_SIZE];
    const int64_t id = sqlite3_column_int64(row, ID);
    *occurrence = (struct vb_occurrence){.id = (uint64_t)id};
    text_at(row, KIND, text, sizeof text);
    if (!vb_occurrence_kind_by_name(text, occurrence))
        return false;
    text_at(row, LEVEL, text, sizeof text);
    if (!vb_alarm_level_by_name(text, &level))
        return false;
    text_at(row, MAC, text, sizeof text);
    occurrence->mac_known = vb_mac_parse(text, strlen(text), &occurrence->mac);
    alarm->level = (uint8_t)level;
    alarm->cell = place_at(row, CELL);
    alarm->sensor = place_at(row, SENSOR);
    alarm->worst_value = number_at(row, VALUE);
    alarm->now_value = number_at(row, NOW_VALUE);
    if (isnan(alarm->now_value)) /* earlier versions stored none */
        alarm->now_value = alarm->worst_value;
    alarm->threshold = number_at(row, THRESHOLD);
    alarm->begin_wall_ms = time_at(row, BEGIN_MS);
    alarm->end_wall_ms = time_at(row, END_MS);
    alarm->worst_wall_ms = time_at(row, WORST_MS);
    occurrence->ended = happened_at(row, END_MS);
    occurrence->acknowledged = happened_at(row, ACKNOWLEDGED_MS);
    occurrence->acknowledged_ms = time_at(row, ACKNOWLEDGED_MS);
    occurrence->last_known = happened_at(row, LAST_KNOWN_MS) && !occurrence->ended;
    occurrence->last_known_ms = occurrence->last_known ? time_at(row, LAST_KNOWN_MS) : 0;
    text_at(row, TEXT, occurrence->text, sizeof occurrence->text);
    text_at(row, RECORDING, occurrence->recording, sizeof occurrence->recording);
    if (!vb_recording_name_is_sound(occurrence->recording))
        occurrence->recording[0] = '\0'; /* not the name of one of our files */
    return id > 0;
}

static int visit_rows(struct vb_event_rows *rows, vb_event_row_fn visit, void *ctx)
{
    sqlite3_stmt *all;
    int code = sqlite3_prepare_v2(rows->database.connection,
                                  "SELECT " COLUMNS " FROM events ORDER BY id", -1, &all, NULL);
    if (code != SQLITE_OK)
        return code;
    while ((code = sqlite3_step(all)) == SQLITE_ROW) {
        struct vb_occurrence occurrence;
        if (take_row(all, &occurrence))
            visit(ctx, &occurrence);
    }
    sqlite3_finalize(all);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

static char *note_at(sqlite3 *db, const char *key)
{
    sqlite3_stmt *get;
    char *text = NULL;
    if (sqlite3_prepare_v2(db, "SELECT text FROM notes WHERE key = ?1", -1, &get, NULL) !=
        SQLITE_OK)
        return NULL;
    sqlite3_bind_text(get, 1, key, -1, SQLITE_STATIC);
    if (sqlite3_step(get) == SQLITE_ROW) {
        const unsigned char *value = sqlite3_column_text(get, 0);
        text = value == NULL ? NULL : strdup((const char *)value);
    }
    sqlite3_finalize(get);
    return text;
}

char *vb_event_rows_note(const struct vb_event_rows *rows, const char *key)
{
    return rows->reader == NULL ? NULL : note_at(rows->reader, key);
}

/* == Life ==================================================================================== */

static bool prepare(struct vb_event_rows *rows, const char *sql, sqlite3_stmt **statement)
{
    return sqlite3_prepare_v3(rows->db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) ==
           SQLITE_OK;
}

static bool prepare_all(struct vb_event_rows *rows)
{
    return prepare(rows,
                   "INSERT OR REPLACE INTO events (" COLUMNS ") "
                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
                   "?14, ?15, ?16)",
                   &rows->put) &&
           prepare(rows, "DELETE FROM events WHERE id <= ?1 AND end_ms IS NOT NULL",
                   &rows->erase) &&
           prepare(rows, "INSERT OR REPLACE INTO notes (key, text) VALUES (?1, ?2)",
                   &rows->put_note);
}

static void disconnect(struct vb_event_rows *rows)
{
    sqlite3_finalize(rows->put);
    sqlite3_finalize(rows->erase);
    sqlite3_finalize(rows->put_note);
    vb_database_close(&rows->database);
    rows->db = NULL;
    rows->put = NULL;
    rows->erase = NULL;
    rows->put_note = NULL;
}

/* Opens as much as possible: rows->db if it is writable, else the reason is in error. */
static void connect_to(struct vb_event_rows *rows, char *error, size_t error_size)
{
    if (vb_database_open(&rows->database, rows->dir, &layout, error, error_size) !=
        VB_DATABASE_OPEN)
        return;
    rows->db = rows->database.connection;
    if (prepare_all(rows))
        return;
    snprintf(error, error_size, "cannot use %s: %s", rows->database.path, sqlite3_errmsg(rows->db));
    disconnect(rows);
}

bool vb_event_rows_open(struct vb_event_rows *rows, const char *dir, vb_event_row_fn visit,
                        void *ctx, char *error, size_t error_size)
{
    *rows = (struct vb_event_rows){.db = NULL};
    const int size = snprintf(rows->dir, sizeof rows->dir, "%s", dir);
    if (size < 0 || (size_t)size >= sizeof rows->dir) {
        snprintf(error, error_size, "the name of the data folder is too long: %s", dir);
        return false;
    }
    connect_to(rows, error, error_size);
    if (rows->database.connection == NULL)
        return false;
    rows->reader = vb_database_reader(rows->database.path, &layout, READER_BUSY_MS);
    const int code = visit_rows(rows, visit, ctx);
    if (code != SQLITE_OK)
        snprintf(error, error_size, "cannot read %s: %s", rows->database.path,
                 sqlite3_errstr(code));
    return code == SQLITE_OK && rows->db != NULL;
}

bool vb_event_rows_write(struct vb_event_rows *rows, const struct vb_event_batch *batch)
{
    char error[PATH_MAX + 512];
    if (rows->db == NULL) {
        disconnect(rows);
        connect_to(rows, error, sizeof error); /* the reason was logged at the start */
    }
    if (rows->db == NULL)
        return false;
    if (!vb_database_is_in_place(&rows->database)) {
        vb_log(VB_LOG_ERROR, "%s was removed or replaced while in use", rows->database.path);
        return false;
    }
    return write_batch(rows, batch);
}

void vb_event_rows_close(struct vb_event_rows *rows)
{
    sqlite3_close(rows->reader);
    rows->reader = NULL;
    disconnect(rows);
}
