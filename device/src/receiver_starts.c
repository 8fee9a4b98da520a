/* A transmitter's start is an event, with the reason once its board has told one. Which boot that
 * was is kept in the event store's notes: so a board that rebooted while this receiver was off, or
 * did not follow it, is found when it is heard again. */
#include "receiver_starts.h"

#include "receiver_device_parts.h"
#include "voltbeacon/device/append.h"
#include "voltbeacon/device/start_words.h"
#include "watched_note.h"

static const char name[] = "boot";

void vb_watch_start_load(const struct vb_receiver_device *device, struct vb_watched *watched)
{
    watched->start.boot = vb_watched_noted(device, watched, name);
    watched->start.kept = true;
}

bool vb_watch_start_save(struct vb_receiver_device *device, struct vb_watched *watched)
{
    if (!watched->start.kept)
        watched->start.kept = vb_watched_note(device, watched, name, watched->start.boot);
    return watched->start.kept;
}

static void tell(struct vb_receiver_device *device, const struct vb_watched *watched,
                 const struct vb_peer *peer, const char *what)
{
    char text[VB_ALARM_TEXT_SIZE];
    const size_t length = vb_append(text, 0, sizeof text, "%s (boot %u)", what, peer->epoch);
    (void)vb_start_say(&peer->facts, text, length, sizeof text);
    vb_watch_state(device, &watched->mac, VB_STATE_TRANSMITTER_REBOOTED,
                   vb_start_level(&peer->facts), text);
}

/* A board's boot that was not the last one it told of. */
static void take_boot(struct vb_receiver_device *device, struct vb_watched *watched,
                      const struct vb_peer *peer)
{
    if (!peer->known || peer->facts.start == VB_START_UNTOLD ||
        peer->boot.name == watched->start.boot)
        return;
    if (watched->start.boot != 0 && watched->reboots == 0)
        tell(device, watched, peer, "Rebooted unheard");
    watched->start.boot = peer->boot.name;
    watched->start.kept = false;
}

void vb_watch_start(struct vb_receiver_device *device, struct vb_watched *watched,
                    const struct vb_peer *peer, bool rebooted)
{
    /* Content and readings of a new boot may come before the beacon that says why it began. */
    const bool announced = peer->fetch != VB_FETCH_UNKNOWN || peer->link == VB_LINK_OFFLINE;
    watched->start.due = watched->start.due || rebooted;
    if (watched->start.due && announced) {
        tell(device, watched, peer, "Transmitter rebooted");
        watched->start.due = false;
    }
    take_boot(device, watched, peer);
}
