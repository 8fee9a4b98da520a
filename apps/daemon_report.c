/* Where the link listens, in the log. */
#include <string.h>

#include "daemon.h"
#include "linux/system/log.h"

void vb_daemon_log_link(const struct vb_linux_link *link)
{
    const bool here = strncmp(link->scope, VB_LINK_SCOPE_HERE, sizeof VB_LINK_SCOPE_HERE - 1) == 0;
    const char *more = link->port.stays_here ? "; --insecure-open-link opens it to the network"
                       : here                ? ""
                                             : "; it is not sealed: whoever is there can read and "
                                               "change everything";
    vb_log(link->port.stays_here ? VB_LOG_INFO : VB_LOG_WARNING, "the link (%s, %s) listens %s%s%s",
           link->kind->name, link->place, here ? "on " : "", link->scope, more);
}
