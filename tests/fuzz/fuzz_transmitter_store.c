/* A transmitter starts on a store that is damaged in any way: sections, secrets, head, ledger and
 * trial. It starts or says why not, holds what is in range, and starts again on what it made of it.
 */
#include "../fixtures/transmitter_bench.h"
#include "fuzz_store.h"

enum { SETTLES_MAX = 64, LIFE_MS = 200 };

static struct transmitter_bench bench;
static struct memory_store written; /* by a healthy life */

static void live(uint32_t ms)
{
    for (unsigned i = 0; i < SETTLES_MAX; i++) {
        if (bench.store.token != 0)
            bench_settle(&bench, VB_ERR_OK);
        bench_output(&bench);
        bench_pass(&bench, ms / SETTLES_MAX + 1);
    }
    require(bench.store.token == 0); /* else it never stops writing */
}

static void set(const char *section_name, const char *field, const char *text)
{
    const struct vb_section *section = vb_section_by_name(section_name);
    struct vb_reasons reasons = {0};
    uint8_t bytes[VB_SECTION_BYTES_MAX];
    uint8_t bad_section;
    uint64_t id;
    const int size = vb_field_parse(vb_field_by_name(section, field), text, bytes, sizeof bytes);
    require(size > 0);
    const struct vb_section_change change = {section->id, bytes, (size_t)size};
    require(vb_transmitter_set(&bench.t, bench.now_ms, &change, 1, &id, &bad_section, &reasons) ==
            VB_ERR_OK);
    live(LIFE_MS);
}

static void write_once(void)
{
    if (written.port.get != NULL)
        return;
    bench_new(&bench);
    require(bench_init(&bench) == VB_ERR_OK);
    live(LIFE_MS);
    set("mqtt", "port", "1884");
    set("mqtt", "password", "sesame");
    set("network", "hostname", "cellar");
    written = bench.store;
}

static void check_content(void)
{
    for (uint8_t i = 0; i < bench.t.live.count; i++) {
        const struct vb_cache_entry *entry = &bench.t.live.entries[i];
        const struct vb_section *section = vb_section_by_id(entry->id);
        union vb_values values;
        struct vb_decode_notes notes = {0};
        if (section == NULL)
            continue;
        require(vb_section_decode(section, vb_cache_bytes(&bench.t.live, entry), entry->size,
                                  &values, &notes) == VB_ERR_OK);
        require(notes.repaired == 0); /* what is out of range was made good */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    write_once();
    bench_new(&bench);
    memcpy(bench.store.rows, written.rows, sizeof written.rows);
    damage_store(&bench.store, data, size);
    for (unsigned start = 0; start < 2; start++) {
        if (bench_init(&bench) != VB_ERR_OK)
            return 0;
        live(LIFE_MS);
        check_content();
    }
    return 0;
}
