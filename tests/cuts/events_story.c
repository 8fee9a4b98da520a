/* Events: what is said to be written is there; each is as it was written once, none is invented,
 * and no id is given twice. */
#include <stdbool.h>
#include <string.h>

#include "linux/events/event_log.h"
#include "story.h"

#define BEGIN_MS UINT64_C(1795377600000)

enum { EVENTS_MAX = 400, NOTES = 2 };

struct happening {
    uint64_t id;
    uint32_t begun; /* revisions; the first is 1 */
    uint32_t safe;  /* revisions, at this moment of the story */
};

static struct happening happenings[EVENTS_MAX];
static unsigned happening_count;
static uint32_t notes_begun[NOTES];
static struct vb_event_log *event_log;

/* What was safe by a mark. */
static struct {
    unsigned count;
    uint32_t revisions[EVENTS_MAX];
    uint32_t notes[NOTES];
} safe_at[64];
static uint32_t newest_mark;

static void begin(void)
{
    happening_count = 0;
    memset(notes_begun, 0, sizeof notes_begun);
}

static void open_log(const char *folder)
{
    char error[512] = "";
    const struct vb_event_log_options options = {.dir = folder};
    event_log = vb_event_log_open(&options, error, sizeof error);
    STORY_REQUIRE(event_log != NULL, "the event log does not open: %s", error);
}

static struct vb_occurrence occurrence_of(unsigned index, uint32_t revision)
{
    struct vb_occurrence occurrence = {.type = VB_OCCURRENCE_ALARM,
                                       .mac_known = true,
                                       .mac = {{2, 0, 0, 0, 0, 1}},
                                       .ended = revision > 2,
                                       .alarm = {.kind = VB_ALARM_IMBALANCE,
                                                 .level = VB_ALARM_ALERT,
                                                 .cell = (uint8_t)(index % 96),
                                                 .sensor = VB_ALARM_NOWHERE,
                                                 .begin_wall_ms = BEGIN_MS + index}};
    (void)snprintf(occurrence.text, sizeof occurrence.text, "event %u, revision %u", index,
                   revision);
    return occurrence;
}

static void add(void)
{
    STORY_REQUIRE(happening_count < EVENTS_MAX, "the story is too long");
    const unsigned index = happening_count;
    const struct vb_occurrence occurrence = occurrence_of(index, 1);
    const uint64_t id = vb_event_log_add(event_log, &occurrence);
    for (unsigned i = 0; i < happening_count; i++)
        STORY_REQUIRE(happenings[i].id < id, "an id is given that is not the highest");
    happenings[happening_count++] = (struct happening){.id = id, .begun = 1};
}

static void change(unsigned index)
{
    struct vb_occurrence occurrence = occurrence_of(index, ++happenings[index].begun);
    occurrence.id = happenings[index].id;
    STORY_REQUIRE(vb_event_log_change(event_log, &occurrence), "event %u is gone", index);
}

static void note_key(unsigned note, char key[VB_EVENT_LOG_KEY_SIZE])
{
    (void)snprintf(key, VB_EVENT_LOG_KEY_SIZE, "learnt %u", note);
}

static void note(unsigned which)
{
    char key[VB_EVENT_LOG_KEY_SIZE];
    char text[32];
    note_key(which, key);
    (void)snprintf(text, sizeof text, "%u", notes_begun[which] + 1);
    if (vb_event_log_note(event_log, key, text))
        notes_begun[which]++;
}

static void mark_all_safe(void)
{
    newest_mark++;
    STORY_REQUIRE(newest_mark < VB_COUNT_OF(safe_at), "the story is too long");
    safe_at[newest_mark].count = happening_count;
    for (unsigned i = 0; i < happening_count; i++)
        safe_at[newest_mark].revisions[i] = happenings[i].begun;
    memcpy(safe_at[newest_mark].notes, notes_begun, sizeof notes_begun);
    watched_disk_mark(MARK_SAFE, newest_mark);
}

static void live_a_moment(struct vb_random *random)
{
    const unsigned changes = vb_random_between(random, 1, 4);
    for (unsigned i = 0; i < changes; i++) {
        if (happening_count == 0 || vb_random_between(random, 0, 1) == 0)
            add();
        else
            change(vb_random_between(random, 0, happening_count - 1));
    }
    if (vb_random_between(random, 0, 2) == 0)
        note(vb_random_between(random, 0, NOTES - 1));
    if (vb_random_between(random, 0, 2) == 0)
        return;
    vb_event_log_flush(event_log);
    if (!vb_event_log_waits(event_log))
        mark_all_safe();
}

static void live(const char *folder, struct vb_random *random)
{
    newest_mark = 0;
    mark_all_safe(); /* what was found at the start, if anything */
    for (unsigned session = 0; session < 3; session++) {
        open_log(folder);
        for (unsigned i = 0; i < 8; i++)
            live_a_moment(random);
        vb_event_log_close(event_log);
        mark_all_safe();
    }
}

/* The revision that is there; 0: none. */
static uint32_t found_revision(unsigned index)
{
    const struct vb_occurrence *found = vb_event_log_find(event_log, happenings[index].id);
    if (found == NULL)
        return 0;
    for (uint32_t revision = 1; revision <= happenings[index].begun; revision++) {
        const struct vb_occurrence expected = occurrence_of(index, revision);
        if (strcmp(found->text, expected.text) == 0 &&
            found->alarm.begin_wall_ms == expected.alarm.begin_wall_ms &&
            found->alarm.cell == expected.alarm.cell && found->ended == expected.ended)
            return revision;
    }
    story_fails("event %u is as it never was: %s", index, found->text);
}

static uint32_t found_note(unsigned which)
{
    char key[VB_EVENT_LOG_KEY_SIZE];
    note_key(which, key);
    char *text = vb_event_log_noted(event_log, key);
    const uint32_t found = text == NULL ? 0 : (uint32_t)strtoul(text, NULL, 10);
    free(text);
    return found;
}

static unsigned count_found(void)
{
    unsigned count = 0;
    const struct vb_occurrence *at = vb_event_log_before(event_log, UINT64_MAX);
    for (; at != NULL; at = vb_event_log_before(event_log, at->id))
        count++;
    return count;
}

static void examine(const char *folder, const uint32_t marks[WATCHED_DISK_MARKS], int goes_on)
{
    open_log(folder);
    const uint32_t mark = marks[MARK_SAFE];
    unsigned found_count = 0;
    unsigned kept = 0;
    for (unsigned i = 0; i < happening_count; i++) {
        const uint32_t safe = mark > 0 && i < safe_at[mark].count ? safe_at[mark].revisions[i] : 0;
        const uint32_t found = found_revision(i);
        STORY_REQUIRE(found >= safe, "event %u is at revision %u, %u was written", i, found, safe);
        found_count += found > 0;
        if (goes_on && found > 0 && kept == i)
            happenings[kept++].begun = found;
    }
    STORY_REQUIRE(count_found() == found_count, "there are events that nobody told");
    for (unsigned i = 0; i < NOTES; i++) {
        const uint32_t safe = mark > 0 ? safe_at[mark].notes[i] : 0;
        const uint32_t found = found_note(i);
        STORY_REQUIRE(found >= safe && found <= notes_begun[i],
                      "note %u is at revision %u, %u was written", i, found, safe);
        if (goes_on)
            notes_begun[i] = found;
    }
    if (goes_on)
        happening_count = kept;
    vb_event_log_close(event_log);
}

const struct story events_story = {"events", begin, live, examine};
