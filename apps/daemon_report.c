/* What a daemon logs: where the link listens, what happens in the core. */
#include <string.h>

#include "daemon.h"
#include "linux/system/log.h"
#include "voltbeacon/device/event_words.h"

void vb_daemon_log_link(const struct vb_linux_link *link)
{
    const char *on = vb_linux_link_on(link);
    const bool nowhere =
        strncmp(link->scope, VB_LINK_SCOPE_NOWHERE, sizeof VB_LINK_SCOPE_NOWHERE - 1) == 0;
    const char *more = link->port.stays_here ? "; --insecure-open-link opens it to the network"
                       : on[0] != '\0' || nowhere
                           ? ""
                           : "; it is not sealed: anybody there can read and "
                             "change everything";
    vb_log(link->port.stays_here ? VB_LOG_INFO : VB_LOG_WARNING, "the link (%s, %s) listens %s%s%s",
           link->kind->name, link->place, on, link->scope, more);
}

static void log_event(void *ctx, const struct vb_event *event)
{
    const struct vb_log_sink log = vb_log_device_sink();
    (void)ctx;
    vb_event_say(&log, event);
}

struct vb_sink vb_daemon_log_sink(void)
{
    return (struct vb_sink){.event = log_event};
}
