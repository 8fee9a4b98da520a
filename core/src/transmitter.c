#include "transmitter_parts.h"

#include <string.h>

enum {
    TICK_MS_MAX = 10000,   /* ages and uptime are advanced at least this often */
    STORE_SILENT_MS = 5000 /* how long a trial's end waits for a store that does not answer */
};

uint16_t vb_transmitter_cache_size(void)
{
    unsigned size = 0;
    for (uint8_t i = 0; i < vb_section_count; i++) {
        if (vb_sections[i].owner == VB_OWNER_TRANSMITTER)
            size += vb_sections[i].bytes_max;
    }
    return (uint16_t)(size + size / 4);
}

enum vb_err vb_transmitter_init(struct vb_transmitter *t,
                                const struct vb_transmitter_config *config, uint32_t now_ms)
{
    VB_ASSERT(config->store != NULL && config->identity != NULL);
    VB_ASSERT(config->cache_size >= vb_transmitter_cache_size());
    memset(t, 0, sizeof *t);
    t->config = *config;
    vb_scratch_init(&t->scratch, config->scratch);
    t->room = vb_room_of(config->seal, config->frame_bytes_max);
    vb_random_seed(&t->random, config->seed);
    t->boot = vb_random_nonzero_u32(&t->random);
    t->reading_number = (uint16_t)vb_random_u64(&t->random); /* unlike those of the previous boot */
    vb_cache_init(&t->live, config->cache_bytes[0], config->cache_size);
    vb_cache_init(&t->staged, config->cache_bytes[1], config->cache_size);
    t->ticked_ms = now_ms;
    vb_age_unknown(&t->told, now_ms);
    vb_airtime_init(&t->air, now_ms);
    t->greetings.second_ms = now_ms;
    vb_age_unknown(&t->greetings.asked, now_ms);
    vb_age_unknown(&t->greetings.crowd_asked, now_ms);
    vb_codec_encoder_init(&t->codec, (uint8_t)(t->room.payload_bytes_max - VB_READING_HEAD_BYTES));
    t->beacon_at_ms = now_ms;
    t->beacon_interval_ms = config->timing.beacon_rest_max;
    const enum vb_err err = vb_transmitter_load(t, now_ms);
    t->config.identity = NULL;
    return err;
}

/* ---- Announcing ---- */

void vb_transmitter_announce(struct vb_transmitter *t, uint32_t now_ms, uint16_t sections)
{
    t->change_number =
        (uint8_t)(t->beacon_number + 1); /* acknowledgements of earlier beacons do not count */
    t->changing = true;
    t->beacon_due = true;
    t->beacon_inline |= sections;
    t->beacon_at_ms = now_ms;
    t->beacon_interval_ms = t->config.timing.beacon_repeat;
    for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++)
        t->receivers[i].acked = false;
}

/* Counted from the last beacon: a late acknowledgement must not postpone the next one. */
static void rest(struct vb_transmitter *t)
{
    const struct vb_timing *timing = &t->config.timing;
    t->changing = false;
    t->beacon_inline = 0;
    t->beacon_at_ms = t->beacon_sent_ms + vb_random_between(&t->random, timing->beacon_rest_min,
                                                            timing->beacon_rest_max);
}

void vb_transmitter_ack_input(struct vb_transmitter *t, const struct vb_mac *src,
                              const struct vb_beacon_ack *ack)
{
    const uint8_t since_change = (uint8_t)(ack->number - t->change_number);
    const uint8_t announced = (uint8_t)(t->beacon_number - t->change_number);
    struct vb_receiver_account *account = vb_transmitter_account(t, src);
    if (account == NULL || !t->changing || since_change > announced)
        return;
    account->acked = true;
    if (vb_transmitter_all_acked(t) && !t->beacon_due)
        rest(t);
}

void vb_transmitter_runtime(struct vb_transmitter *t, uint32_t now_ms,
                            const struct vb_runtime *runtime)
{
    struct vb_runtime next = *runtime;
    const uint8_t own = VB_RUNTIME_STREAMING | VB_RUNTIME_THINNED;
    next.flags = (uint8_t)((next.flags & ~own) | (t->runtime.flags & own));
    if ((next.flags & VB_RUNTIME_IP_KNOWN) == 0)
        memset(next.ip, 0, sizeof next.ip);
    if ((next.flags & VB_RUNTIME_MQTT_FAULT) == 0)
        next.mqtt_fault = 0;
    if (next.flags == t->runtime.flags && next.mqtt_fault == t->runtime.mqtt_fault &&
        memcmp(next.ip, t->runtime.ip, sizeof next.ip) == 0)
        return;
    t->runtime = next;
    if (t->announced)
        vb_transmitter_announce(t, now_ms, 0);
}

void vb_transmitter_goodbye(struct vb_transmitter *t)
{
    t->goodbye_due = t->announced;
}

/* ---- Input and time ---- */

enum vb_err vb_transmitter_input(struct vb_transmitter *t, uint32_t now_ms,
                                 const struct vb_mac *src, const struct vb_mac *dst,
                                 const uint8_t *bytes, size_t size)
{
    struct vb_frame frame = {0};
    enum vb_err err = vb_frame_open(&t->room, bytes, size, src, dst, &frame);
    const bool addressed =
        vb_mac_equal(dst, &t->config.mac) || vb_mac_equal(dst, &vb_mac_broadcast);
    if (err == VB_ERR_OK && (!addressed || vb_mac_equal(src, &t->config.mac)))
        err = VB_ERR_NOT_ALLOWED;
    if (err == VB_ERR_OK && !t->announced)
        err = VB_ERR_BUSY;
    if (err == VB_ERR_OK)
        err = vb_transmitter_take(t, now_ms, src, &frame);
    if (err == VB_ERR_OK && frame.message == VB_MESSAGE_EDIT)
        vb_transmitter_edits_decide(t, now_ms);
    if (err != VB_ERR_OK) {
        t->refused[-err]++;
        vb_events_refused(&t->events, &(struct vb_event){.type = VB_EVENT_REFUSED,
                                                         .mac = *src,
                                                         .err = (int8_t)err,
                                                         .detail = frame.message,
                                                         .at_ms = now_ms});
    }
    t->late_ms = 0;
    return err;
}

void vb_transmitter_late(struct vb_transmitter *t, uint32_t late_ms)
{
    t->late_ms = late_ms;
}

uint32_t vb_transmitter_uptime_s(const struct vb_transmitter *t, uint32_t now_ms)
{
    return t->uptime_s + (t->uptime_ms + (now_ms - t->ticked_ms)) / 1000;
}

static void advance_uptime(struct vb_transmitter *t, uint32_t now_ms)
{
    t->uptime_ms += now_ms - t->ticked_ms;
    t->uptime_s += t->uptime_ms / 1000;
    t->uptime_ms %= 1000;
    t->ticked_ms = now_ms;
}

static void keep_trial(struct vb_transmitter *t)
{
    vb_transmitter_stage_begin(t);
    vb_transmitter_stage_trial_end(t);
    vb_transmitter_stage_commit(t, VB_COMMIT_TRIAL_KEPT);
}

/* Only the room matters: its content fits the frames of any link. */
static bool has_way_back(const struct vb_transmitter *t)
{
    return vb_cache_fits(&t->live, t->trial_section, t->trial_size);
}

/* Until the trial is kept, or reverted; VB_FOREVER_MS while neither is possible. Like everything
 * else it waits while a failed commit waits for its retry. But a receiver that the change cut off
 * stays cut off whether or not the store has room: while the store refuses, or does not answer at
 * all, the trial is reverted without it. */
static uint32_t trial_wait_ms(const struct vb_transmitter *t, uint32_t now_ms)
{
    const bool silent = t->commit_kind != VB_COMMIT_NONE;
    const bool waits = silent ? !t->announced : t->commit_retry && !vb_transmitter_store_refuses(t);
    if (!t->trial || waits)
        return VB_FOREVER_MS;
    if ((silent || t->commit_retry) && (t->trial_heard || !has_way_back(t)))
        return VB_FOREVER_MS;
    if (t->trial_heard)
        return 0;
    return vb_time_until(now_ms, t->trial_ends_ms + (silent ? STORE_SILENT_MS : 0));
}

static void end_trial(struct vb_transmitter *t, uint32_t now_ms)
{
    const bool silent = t->commit_kind != VB_COMMIT_NONE;
    const bool unstored = silent || vb_transmitter_store_refuses(t);
    t->commit_kind = VB_COMMIT_NONE;
    vb_transmitter_stage_begin(t);
    const enum vb_err err =
        vb_transmitter_stage_section(t, t->trial_section, t->trial_bytes, t->trial_size);
    VB_ASSERT(err == VB_ERR_OK);
    if (unstored) {
        vb_transmitter_revert_unstored(t, now_ms);
        t->commit_kind = silent ? VB_COMMIT_GIVEN_UP : VB_COMMIT_NONE;
        return;
    }
    vb_transmitter_stage_trial_end(t);
    vb_transmitter_stage_commit(t, VB_COMMIT_REVERT);
}

static void tick_trial(struct vb_transmitter *t, uint32_t now_ms)
{
    if (trial_wait_ms(t, now_ms) > 0)
        return;
    if (t->trial_heard || !has_way_back(t))
        keep_trial(t); /* or other sections' unknown fields or longer texts took its room */
    else
        end_trial(t, now_ms);
}

static void tick_commit(struct vb_transmitter *t, uint32_t now_ms)
{
    if (!t->commit_retry || t->commit_kind != VB_COMMIT_NONE ||
        !vb_time_reached(now_ms, t->commit_retry_ms))
        return;
    t->commit_retry = false;
    if (!t->boot_stored) {
        if (t->announced)
            vb_transmitter_stage_begin(t);
        vb_transmitter_stage_commit(t, VB_COMMIT_BOOT);
    } else if (t->doubtful != 0 || t->old_form) {
        vb_transmitter_stage_begin(t);
        vb_transmitter_stage_commit(t, VB_COMMIT_MEND);
    }
}

void vb_transmitter_tick(struct vb_transmitter *t, uint32_t now_ms)
{
    advance_uptime(t, now_ms);
    vb_age_advance(&t->told, now_ms);
    vb_events_tick(&t->events, now_ms);
    vb_transmitter_receivers_tick(t, now_ms);
    vb_transmitter_hello_tick(t, now_ms);
    tick_commit(t, now_ms);
    tick_trial(t, now_ms);
    vb_transmitter_reread_tick(t, now_ms);
    vb_transmitter_edits_tick(t, now_ms);
    if (!t->announced || t->beacon_due || !vb_time_reached(now_ms, t->beacon_at_ms))
        return;
    t->beacon_due = true;
}

void vb_transmitter_beacon_sent(struct vb_transmitter *t, uint32_t now_ms)
{
    t->beacon_due = false;
    t->beacon_sent_ms = now_ms;
    if (!t->changing || t->beacon_interval_ms >= t->config.timing.beacon_rest_min) {
        rest(t);
        return;
    }
    t->beacon_at_ms = now_ms + t->beacon_interval_ms;
    t->beacon_interval_ms *= 2;
}

uint32_t vb_transmitter_wakeup_ms(const struct vb_transmitter *t, uint32_t now_ms)
{
    const uint32_t hello_ms = vb_transmitter_hello_wakeup_ms(t, now_ms);
    uint32_t wait = vb_transmitter_receivers_wakeup_ms(t, now_ms);
    const uint32_t trial_ms = trial_wait_ms(t, now_ms);
    if (wait > hello_ms)
        wait = hello_ms;
    if (wait > trial_ms)
        wait = trial_ms;
    if (wait > TICK_MS_MAX)
        wait = TICK_MS_MAX;
    const struct {
        bool set;
        uint32_t at_ms;
    } deadlines[] = {
        {t->announced, t->beacon_at_ms},
        {t->answer_due, t->answer_at_ms},
        {t->commit_kind == VB_COMMIT_NONE && t->commit_retry, t->commit_retry_ms},
    };
    for (unsigned i = 0; i < VB_COUNT_OF(deadlines); i++) {
        const uint32_t until = vb_time_until(now_ms, deadlines[i].at_ms);
        if (deadlines[i].set && until < wait)
            wait = until;
    }
    return wait;
}

uint64_t vb_transmitter_revision(const struct vb_transmitter *t)
{
    return t->events.revision;
}

struct vb_changes vb_transmitter_changes(const struct vb_transmitter *t, uint64_t seen)
{
    return vb_changes_since(&t->events.changed, seen);
}

bool vb_transmitter_event(struct vb_transmitter *t, struct vb_event *event)
{
    return vb_events_pop(&t->events, event);
}

const struct vb_cache_entry *vb_transmitter_section(const struct vb_transmitter *t, uint8_t id)
{
    return vb_cache_find(&t->live, id);
}

const uint8_t *vb_transmitter_secret(const struct vb_transmitter *t, uint8_t section, uint8_t tag,
                                     size_t *size)
{
    *size = 0;
    for (unsigned i = 0; i < VB_SECRETS_MAX; i++) {
        const struct vb_secret_text *secret = &t->secrets[i];
        if (secret->tag == tag && secret->section == section && tag != 0) {
            *size = secret->size;
            return secret->bytes;
        }
    }
    return NULL;
}
