/* A receiver starts on a cache that is damaged in any way: it shows what can be read, and starts
 * again on what it made of it. */
#include "../fixtures/receiver_bench.h"
#include "fuzz_store.h"

#define assert_int_equal(a, b) require((a) == (b)) /* for the bench, which is of unit tests */
#include "../fixtures/sender_bench.h"

enum { SETTLES_MAX = 64, STEP_MS = 500 };

static struct receiver_bench bench;
static struct bench_sender sender;
static struct memory_store written; /* by a healthy life */

static void live(void)
{
    for (unsigned i = 0; i < SETTLES_MAX; i++) {
        if (bench.store.token != 0)
            bench_settle(&bench, VB_ERR_OK);
        bench_output(&bench);
        bench_pass(&bench, STEP_MS);
    }
}

/* Hears one transmitter and keeps its sections. */
static void write_once(void)
{
    if (written.port.get != NULL)
        return;
    bench_new(&bench);
    bench_init(&bench);
    sender_new(&sender, 1);
    for (uint8_t i = 0; i < vb_section_count; i++) {
        const struct vb_section *section = &vb_sections[i];
        union vb_values values;
        uint8_t bytes[VB_SECTION_BYTES_MAX];
        if (section->owner != VB_OWNER_TRANSMITTER)
            continue;
        vb_section_defaults(section, &values);
        const int size = vb_section_encode(section, &values, bytes, sizeof bytes);
        if (size > 0 && size <= VB_FRAGMENT_BYTES_MAX)
            sender_holds(&sender, section->id, 1, bytes, (size_t)size);
    }
    for (uint8_t i = 0; i < sender.cache.count; i++) {
        const struct vb_record record = sender_record(&sender, sender.cache.entries[i].id, 0);
        (void)bench_beacon(&bench, &sender, &record, 1);
        live();
    }
    written = bench.store;
    require(store_row(&written, 0) != NULL); /* else there is nothing to damage */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    write_once();
    bench_new(&bench);
    memcpy(bench.store.rows, written.rows, sizeof written.rows);
    damage_store(&bench.store, data, size);
    for (unsigned start = 0; start < 2; start++) {
        bench_init(&bench);
        (void)bench_beacon(&bench, &sender, NULL, 0);
        live();
        for (uint8_t i = 0; i < BENCH_PEERS; i++) {
            const struct vb_peer *peer = &bench.peers[i];
            require(!peer->used || peer->cache.count <= VB_MARKS_MAX);
        }
    }
    return 0;
}
