/* Recordings: what was on the disk when one was published, or synced since, is there under its
 * name; what is there is what was written. */
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "linux/recordings/recording_folder.h"
#include "story.h"
#include "voltbeacon/device/recording_text.h"

#define BEGIN_MS UINT64_C(1795377600000)

enum { TAKES_MAX = 64, TEXT_BYTES_MAX = 16384, CHUNKS = 4 };

struct take {
    char name[VB_RECORDING_NAME_SIZE];
    char text[TEXT_BYTES_MAX];
    size_t size;
    struct {
        size_t bytes;  /* so many of it are safe; 0: none */
        uint32_t from; /* from this mark on */
    } safe[CHUNKS];
};

static struct take takes[TAKES_MAX];
static unsigned take_count;
static uint32_t newest_take;
static uint32_t newest_mark;
static struct vb_recording_folder *folder_of;
static struct vb_recording_store store;

static void begin(void)
{
    take_count = 0;
}

static void open_folder(const char *folder)
{
    char error[512] = "";
    const struct vb_recording_folder_options options = {.data_dir = folder};
    folder_of = vb_recording_folder_open(&options, error, sizeof error);
    STORY_REQUIRE(folder_of != NULL, "the recordings do not open: %s", error);
    store = vb_recording_folder_store(folder_of);
}

static void append(struct take *take, const char *line, size_t size)
{
    STORY_REQUIRE(take->size + size <= TEXT_BYTES_MAX, "the story is too long");
    memcpy(take->text + take->size, line, size);
    take->size += size;
}

static void append_head(struct take *take)
{
    char line[VB_RECORDING_LINE_BYTES_MAX];
    const struct vb_recording_head head = {
        .mac_known = true, .mac = {{2, 0, 0, 0, 0, 1}}, .begin_ms = BEGIN_MS, .reason = "a test"};
    append(take, line, vb_recording_head_line(&head, line));
}

static void append_note(struct take *take, unsigned chunk, unsigned number)
{
    char line[VB_RECORDING_LINE_BYTES_MAX];
    struct vb_json json = vb_recording_line_begin(BEGIN_MS + number, line);
    vb_json_string(&json, "take", take->name);
    vb_json_integer(&json, "chunk", chunk);
    append(take, line, vb_recording_line_end(&json));
}

/* Until the thread has written it, and what the steps ask for. */
static void await_written(const struct take *take, bool finished)
{
    struct vb_recording_entry entry = {.bytes = 0};
    for (unsigned i = 0; i < 100000; i++) {
        const struct timespec pause = {.tv_nsec = 100000};
        if (store.find(store.ctx, take->name, &entry) && entry.bytes == take->size &&
            (!finished || entry.state == VB_RECORDING_COMPLETE))
            return;
        nanosleep(&pause, NULL);
    }
    story_fails("%s is not written", take->name);
}

static void write_chunk(struct take *take, int handle, unsigned chunk, unsigned steps)
{
    const size_t from = take->size;
    if (chunk == 0)
        append_head(take);
    for (unsigned i = 0; i < 30; i++)
        append_note(take, chunk, i);
    STORY_REQUIRE(vb_recording_write(folder_of, handle, take->text + from, take->size - from,
                                     BEGIN_MS, steps),
                  "a chunk of %s is refused", take->name);
    await_written(take, (steps & VB_RECORDING_FINISH) != 0);
    if (steps == VB_RECORDING_GO_ON)
        return;
    take->safe[chunk].bytes = take->size;
    take->safe[chunk].from = ++newest_mark;
    watched_disk_mark(MARK_SAFE, newest_mark);
}

static unsigned steps_of(unsigned chunk, unsigned published, struct vb_random *random)
{
    if (chunk == CHUNKS - 1)
        return VB_RECORDING_FINISH;
    if (chunk == published)
        return VB_RECORDING_PUBLISH;
    /* Before it is published it may be lost, whatever was synced. */
    return chunk > published && vb_random_between(random, 0, 1) == 0 ? VB_RECORDING_SYNC
                                                                     : VB_RECORDING_GO_ON;
}

static void record_one(struct vb_random *random)
{
    struct vb_recording_entry entry = {.mac_known = true, .begin_ms = BEGIN_MS, .reason = "a test"};
    STORY_REQUIRE(take_count < TAKES_MAX, "the story is too long");
    struct take *take = &takes[take_count++];
    memset(take, 0, sizeof *take);
    (void)snprintf(entry.name, sizeof entry.name, "take-%u.jsonl", ++newest_take);
    const int handle = vb_recording_begin(folder_of, &entry);
    STORY_REQUIRE(handle >= 0, "a recording does not begin");
    memcpy(take->name, entry.name, sizeof take->name);
    const unsigned published = vb_random_between(random, 0, CHUNKS - 1);
    for (unsigned chunk = 0; chunk < CHUNKS; chunk++)
        write_chunk(take, handle, chunk, steps_of(chunk, published, random));
}

static void live(const char *folder, struct vb_random *random)
{
    newest_mark = 0;
    for (unsigned session = 0; session < 2; session++) {
        open_folder(folder);
        for (unsigned i = 0; i < 4; i++)
            record_one(random);
        vb_recording_folder_close(folder_of);
    }
}

/* How much of it must be there. */
static size_t safe_bytes(const struct take *take, uint32_t mark)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < CHUNKS; i++) {
        if (take->safe[i].from <= mark && take->safe[i].bytes > bytes)
            bytes = take->safe[i].bytes;
    }
    return bytes;
}

static size_t examine_take(const struct take *take, uint32_t mark)
{
    static char text[2 * TEXT_BYTES_MAX];
    const size_t safe = safe_bytes(take, mark);
    size_t size = 0;
    struct vb_recording_entry entry;
    if (store.find(store.ctx, take->name, &entry))
        size = store.read(store.ctx, take->name, 0, text, sizeof text);
    STORY_REQUIRE(size >= safe, "of %s %zu bytes are there, %zu were safe", take->name, size, safe);
    STORY_REQUIRE(size <= take->size, "%s is longer than it was ever written", take->name);
    STORY_REQUIRE(memcmp(text, take->text, safe) == 0, "%s holds something else", take->name);
    return size;
}

static void examine(const char *folder, const uint32_t marks[WATCHED_DISK_MARKS], int goes_on)
{
    open_folder(folder);
    unsigned kept = 0;
    for (unsigned i = 0; i < take_count; i++) {
        const size_t size = examine_take(&takes[i], marks[MARK_SAFE]);
        if (!goes_on || size == 0 || safe_bytes(&takes[i], marks[MARK_SAFE]) != takes[i].size)
            continue;
        if (kept != i)
            takes[kept] = takes[i];
        /* It is whole, and stays so. */
        memset(takes[kept].safe, 0, sizeof takes[kept].safe);
        takes[kept].safe[0].bytes = takes[kept].size;
        kept++;
    }
    if (goes_on)
        take_count = kept;
    vb_recording_folder_close(folder_of);
}

const struct story recordings_story = {"recordings", begin, live, examine};
