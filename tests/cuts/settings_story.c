/* Settings: every batch that was answered is there, whole, and nothing that was not begun; batches
 * are there in their order. And copies of settings, whose file is damaged at the start of each
 * life: it is moved aside, and nothing of it comes back once something new was answered. */
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "linux/store/sqlite_store.h"
#include "story.h"

enum { SPACES = 2, KEYS = 8, BATCHES_MAX = 64, VALUE_BYTES_MAX = VB_STORE_VALUE_MAX };

/* What a key holds: bytes that follow from its stamp. 0: it is not there. */
struct state {
    uint32_t stamps[SPACES][KEYS];
};

static const struct state empty;
static struct state states[BATCHES_MAX + 1]; /* after so many batches */
static struct state damaged;                 /* what was in the file that was moved aside */
static enum vb_sqlite_damage on_damage;
static uint32_t batch_count;
static uint32_t newest_stamp;

static struct vb_sqlite *db;
static const struct vb_store *spaces[SPACES];
static bool answered;
static enum vb_err answer;

static void on_committed(void *ctx, uint32_t token, enum vb_err err)
{
    (void)ctx;
    (void)token;
    answered = true;
    answer = err;
}

/* Where the store is; it makes the folders itself. */
static const char *data_of(const char *folder)
{
    static char data[256];
    (void)snprintf(data, sizeof data, "%s/var/data", folder);
    return data;
}

static void open_store(const char *folder)
{
    static const char *const names[SPACES] = {"tx_config", "rx_config"};
    char error[1024] = "";
    const struct vb_sqlite_options options = {.dir = data_of(folder), .damage = on_damage};
    db = vb_sqlite_open(&options, error, sizeof error);
    STORY_REQUIRE(db != NULL, "the store does not open: %s", error);
    for (unsigned i = 0; i < SPACES; i++)
        spaces[i] = vb_sqlite_namespace(db, names[i], on_committed, NULL);
}

static size_t fill(uint32_t stamp, uint8_t bytes[VALUE_BYTES_MAX])
{
    struct vb_random random;
    vb_random_seed(&random, stamp);
    const size_t size = vb_random_between(&random, 0, 3) == 0
                            ? vb_random_between(&random, 1000, VALUE_BYTES_MAX)
                            : vb_random_between(&random, 0, 300);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)vb_random_u64(&random);
    return size;
}

static void name_key(unsigned key, char name[VB_STORE_KEY_SIZE])
{
    (void)snprintf(name, VB_STORE_KEY_SIZE, "section%u", key);
}

static void await_answer(void)
{
    while (!answered) {
        struct pollfd waiting = {.fd = vb_sqlite_fd(db), .events = POLLIN};
        STORY_REQUIRE(poll(&waiting, 1, 60000) == 1, "a batch is not answered");
        vb_sqlite_dispatch(db);
    }
    STORY_REQUIRE(answer == VB_ERR_OK, "a batch is answered %d", (int)answer);
}

/* Changes some keys of one namespace. */
static void change(struct state *state, unsigned space, struct vb_random *random)
{
    static uint8_t bytes[VALUE_BYTES_MAX];
    const unsigned changes = vb_random_between(random, 1, 4);
    for (unsigned i = 0; i < changes; i++) {
        char name[VB_STORE_KEY_SIZE];
        const unsigned key = vb_random_between(random, 0, KEYS - 1);
        name_key(key, name);
        if (vb_random_between(random, 0, 4) == 0) {
            spaces[space]->erase(spaces[space]->ctx, name);
            state->stamps[space][key] = 0;
        } else {
            const size_t size = fill(++newest_stamp, bytes);
            spaces[space]->put(spaces[space]->ctx, name, bytes, size);
            state->stamps[space][key] = newest_stamp;
        }
    }
}

static void commit_one(struct vb_random *random)
{
    const unsigned space = vb_random_between(random, 0, SPACES - 1);
    states[batch_count + 1] = states[batch_count];
    batch_count++;
    change(&states[batch_count], space, random);
    answered = false;
    watched_disk_mark(MARK_BEGUN, batch_count);
    spaces[space]->commit(spaces[space]->ctx, batch_count);
    await_answer();
    watched_disk_mark(MARK_SAFE, batch_count);
}

static void begin(void)
{
    batch_count = 0;
    states[0] = damaged = empty;
    on_damage = VB_SQLITE_REFUSE;
}

static void begin_copies(void)
{
    begin();
    on_damage = VB_SQLITE_MOVE_ASIDE;
}

static void live(const char *folder, struct vb_random *random)
{
    for (unsigned session = 0; session < 3; session++) {
        open_store(folder);
        for (unsigned i = 0; i < 8; i++)
            commit_one(random);
        vb_sqlite_close(db);
    }
}

/* Takes the head off the file, if there is one. */
static void damage(const char *folder)
{
    static const char nonsense[100] = "nonsense";
    char path[512];
    (void)snprintf(path, sizeof path, "%s/voltbeacon.db", data_of(folder));
    const int fd = open(path, O_RDWR);
    if (fd < 0)
        return;
    STORY_REQUIRE(pwrite(fd, nonsense, sizeof nonsense, 0) == sizeof nonsense && fsync(fd) == 0,
                  "%s cannot be damaged", path);
    close(fd);
}

static void live_as_a_copy(const char *folder, struct vb_random *random)
{
    damaged = states[0];
    damage(folder);
    open_store(folder);
    if (vb_sqlite_recovered(db) != NULL) /* else the log beside it had its head */
        states[0] = empty;
    vb_sqlite_close(db);
    live(folder, random);
}

static bool holds(unsigned space, unsigned key, uint32_t stamp)
{
    static uint8_t expected[VALUE_BYTES_MAX];
    static uint8_t bytes[VALUE_BYTES_MAX];
    char name[VB_STORE_KEY_SIZE];
    name_key(key, name);
    const int size = spaces[space]->get(spaces[space]->ctx, name, bytes, sizeof bytes);
    STORY_REQUIRE(size >= 0 || size == VB_ERR_NOT_FOUND, "%s cannot be read: %d", name, size);
    if (stamp == 0 || size < 0)
        return stamp == 0 && size < 0;
    return (size_t)size == fill(stamp, expected) && memcmp(bytes, expected, (size_t)size) == 0;
}

static bool is_as(const struct state *state)
{
    for (unsigned space = 0; space < SPACES; space++) {
        for (unsigned key = 0; key < KEYS; key++) {
            if (!holds(space, key, state->stamps[space][key]))
                return false;
        }
    }
    return true;
}

static void examine(const char *folder, const uint32_t marks[WATCHED_DISK_MARKS], int goes_on)
{
    open_store(folder);
    uint32_t found = marks[MARK_SAFE];
    while (found <= marks[MARK_BEGUN] && !is_as(&states[found]))
        found++;
    if (found > marks[MARK_BEGUN] && marks[MARK_SAFE] == 0 && on_damage == VB_SQLITE_MOVE_ASIDE) {
        found = 0;
        states[0] = is_as(&damaged) ? damaged : empty;
        STORY_REQUIRE(is_as(&states[0]), "the settings are those before the damage and others");
    }
    STORY_REQUIRE(found <= marks[MARK_BEGUN],
                  "the settings are those of no batch from %u, which was answered, to %u",
                  marks[MARK_SAFE], marks[MARK_BEGUN]);
    if (goes_on) {
        states[0] = states[found];
        batch_count = 0;
    }
    vb_sqlite_close(db);
}

const struct story settings_story = {"settings", begin, live, examine};
const struct story copies_story = {"copies", begin_copies, live_as_a_copy, examine};
