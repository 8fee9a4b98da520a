#include "linux/link/monitor_interface.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "linux/link/waited.h"
#include "linux/system/cause.h"

enum { PROGRAM_PATH_SIZE = 256 };

/* == Looking ================================================================================= */

static bool ask(int fd, const char *interface, unsigned long what, struct ifreq *answer)
{
    *answer = (struct ifreq){.ifr_flags = 0};
    snprintf(answer->ifr_name, sizeof answer->ifr_name, "%s", interface);
    return ioctl(fd, what, answer) == 0;
}

static enum vb_monitor_state state_of(int fd, const char *interface, unsigned frame_bytes)
{
    struct ifreq answer;
    if (!ask(fd, interface, SIOCGIFHWADDR, &answer))
        return VB_MONITOR_MISSING;
    if (answer.ifr_hwaddr.sa_family != ARPHRD_IEEE80211_RADIOTAP)
        return VB_MONITOR_OTHER_MODE;
    if (!ask(fd, interface, SIOCGIFMTU, &answer))
        return VB_MONITOR_MISSING;
    if (answer.ifr_mtu < (int)frame_bytes)
        return VB_MONITOR_NARROW;
    if (!ask(fd, interface, SIOCGIFFLAGS, &answer))
        return VB_MONITOR_MISSING;
    return (answer.ifr_flags & IFF_UP) != 0 ? VB_MONITOR_READY : VB_MONITOR_DOWN;
}

struct vb_monitor vb_monitor_look(int fd, const char *interface, unsigned frame_bytes)
{
    struct ifreq answer;
    if (!ask(fd, interface, SIOCGIFINDEX, &answer))
        return (struct vb_monitor){.state = VB_MONITOR_MISSING};
    return (struct vb_monitor){.state = state_of(fd, interface, frame_bytes),
                               .index = answer.ifr_ifindex};
}

void vb_monitor_say(enum vb_monitor_state state, const char *interface, char *text, size_t capacity)
{
    switch (state) {
    case VB_MONITOR_READY:
        snprintf(text, capacity, "%s is ready", interface);
        break;
    case VB_MONITOR_MISSING:
        snprintf(text, capacity,
                 "there is no interface %s: plug it in; \"ip link\" lists all interfaces",
                 interface);
        break;
    case VB_MONITOR_OTHER_MODE:
        snprintf(text, capacity,
                 "%s is not in monitor mode: \"ip link set %s down; iw dev %s set type monitor; "
                 "ip link set %s up\"",
                 interface, interface, interface, interface);
        break;
    case VB_MONITOR_NARROW:
        snprintf(text, capacity, "%s cannot send whole frames: \"ip link set %s mtu 1500\"",
                 interface, interface);
        break;
    case VB_MONITOR_DOWN:
        snprintf(text, capacity, "%s is down: \"ip link set %s up\"", interface, interface);
        break;
    }
}

void vb_monitor_say_errno(int reason, const char *interface, char *text, size_t capacity)
{
    char program[PROGRAM_PATH_SIZE];
    vb_cause_set_errno(reason, VB_CAUSE_UNAVAILABLE);
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    if (reason == EPERM || reason == EACCES)
        snprintf(text, capacity,
                 "this user may not listen and send on %s: \"setcap cap_net_raw+ep %s\" allows "
                 "it for this program, whoever runs it",
                 interface, length > 0 ? program : "PROGRAM");
    else if (reason == EAFNOSUPPORT)
        snprintf(text, capacity,
                 "this machine's kernel has no packet sockets: \"modprobe af_packet\"");
    else
        snprintf(text, capacity, "%s cannot be opened: %s", interface, strerror(reason));
}

/* == Opening ================================================================================= */

/* What the kernel lets through: after a radiotap header of any size, management frames of subtype
 * action that start with Espressif's vendor category and a vendor element. In tcpdump's terms "type
 * 0 subtype 0xd0 and wlan[24:4]=0x7f18fe34 and wlan[32]=221". */
static bool attach_filter(int fd)
{
    static struct sock_filter code[] = {
        /* X = the size of the radiotap header, bytes 2 and 3, little-endian. */
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 3),
        BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 8),
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 2),
        BPF_STMT(BPF_ALU | BPF_OR | BPF_X, 0),
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xd0, 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_IND, 24),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x7f18fe34, 0, 3),
        BPF_STMT(BPF_LD | BPF_B | BPF_IND, 32),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 221, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0xffff),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const struct sock_fprog program = {.len = VB_COUNT_OF(code), .filter = code};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

bool vb_monitor_bind(int fd, int index)
{
    const struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = index};
    return bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
}

int vb_monitor_open(int index)
{
    /* Protocol 0: nothing is received before the filter is attached and the interface bound. */
    const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    const int on = 1;
    /* Since Linux 4.20; before that such frames arrive as PACKET_OUTGOING and the reader drops
     * them. */
    (void)setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
    vb_waited_ask(fd);
    if (attach_filter(fd) && vb_monitor_bind(fd, index))
        return fd;
    const int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}
