/* Which device this is: once it has been told, it stays that. */
#include <stdbool.h>
#include <string.h>

#include "linux/system/device_id.h"
#include "story.h"

static struct vb_mac known;
static bool is_known;

static void begin(void)
{
    is_known = false;
}

static void live(const char *folder, struct vb_random *random)
{
    (void)random;
    struct vb_mac mac;
    watched_disk_mark(MARK_BEGUN, 1);
    vb_device_id("transmitter", folder, false, &mac);
    watched_disk_mark(MARK_SAFE, 1);
    STORY_REQUIRE(!is_known || vb_mac_equal(&known, &mac), "it is another device now");
    known = mac;
    is_known = true;
}

static void examine(const char *folder, const uint32_t marks[WATCHED_DISK_MARKS], int goes_on)
{
    struct vb_mac mac;
    vb_device_id("transmitter", folder, false, &mac);
    STORY_REQUIRE(marks[MARK_SAFE] == 0 || vb_mac_equal(&known, &mac),
                  "what was told is another device now");
    if (goes_on)
        is_known = marks[MARK_SAFE] > 0;
}

const struct story identity_story = {"identity", begin, live, examine};
