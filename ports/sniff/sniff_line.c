#include "sniff/sniff_line.h"

#include "espnow/battery_emulator.h"
#include "sniff/say_emulator.h"

void vb_sniff_init(struct vb_sniff *sniff, enum vb_sniff_link link, bool verbose)
{
    *sniff = (struct vb_sniff){.link = link, .verbose = verbose};
    vb_sniff_frames_init(&sniff->frames, verbose);
}

static void say_address(struct vb_sniff_text *line, const uint8_t ip[4], uint16_t port)
{
    vb_sniff_say(line, "%u.%u.%u.%u:%u", ip[0], ip[1], ip[2], ip[3], port);
}

static void say_air(const struct vb_sniffed *sniffed, struct vb_sniff_text *line)
{
    const struct vb_radiotap *radiotap = &sniffed->radiotap;
    const uint8_t channel = vb_radiotap_channel(radiotap->channel_mhz);
    if (channel != 0)
        vb_sniff_say(line, ", channel %u", channel);
    if (radiotap->size != 0 && radiotap->signal_dbm != VB_RADIOTAP_SIGNAL_UNKNOWN_DBM)
        vb_sniff_say(line, ", %d dBm", radiotap->signal_dbm);
    if (radiotap->rate_500kbps != 0)
        vb_sniff_say(line, ", %g Mb/s", radiotap->rate_500kbps / 2.0);
    if (sniffed->frame.head.retry)
        vb_sniff_say(line, ", retry");
    vb_sniff_say(line, ", espnow");
    if (sniffed->verdict == VB_ESPNOW_OK)
        vb_sniff_say(line, " %u", sniffed->frame.head.version);
    vb_sniff_say(line, " number %u: ", sniffed->frame.head.sequence);
}

static void say_way(const struct vb_sniffed *sniffed, struct vb_sniff_text *line)
{
    char src[VB_MAC_TEXT_SIZE];
    char dst[VB_MAC_TEXT_SIZE];
    vb_mac_format(&sniffed->src, src);
    vb_mac_format(&sniffed->dst, dst);
    vb_sniff_say(line, "%s > %s", src, dst);
    if (sniffed->medium == VB_SNIFF_ON_AIR) {
        say_air(sniffed, line);
        return;
    }
    vb_sniff_say(line, ", udp ");
    say_address(line, sniffed->datagram.from_ip, sniffed->datagram.from_port);
    vb_sniff_say(line, " > ");
    say_address(line, sniffed->datagram.to_ip, sniffed->datagram.to_port);
    vb_sniff_say(line, ": ");
}

static void say_body(struct vb_sniff *sniff, const struct vb_sniffed *sniffed,
                     struct vb_sniff_text *line)
{
    struct vb_sniff_counts *counts = &sniff->counts;
    if (sniffed->body == NULL) {
        counts->damaged++;
        vb_sniff_say(line, "a frame that %s", vb_espnow_verdict_text(sniffed->verdict));
    } else if (sniffed->cut) {
        counts->damaged++;
        vb_sniff_say(line, "voltbeacon frame of which %zu bytes were captured", sniffed->body_size);
    } else if (sniffed->body_size > 0 && sniffed->body[0] == VB_FRAME_MAGIC) {
        counts->ours++;
        vb_sniff_say_frame(&sniff->frames, &sniffed->src, &sniffed->dst, sniffed->body,
                           sniffed->body_size, line);
    } else if (vb_emulator_is(sniffed->body, sniffed->body_size)) {
        counts->emulator++;
        vb_sniff_say_emulator(sniffed->body, sniffed->body_size, sniff->verbose, line);
    } else {
        counts->foreign++;
        vb_sniff_say(line, "%zu bytes of something else", sniffed->body_size);
    }
}

bool vb_sniff_line(struct vb_sniff *sniff, const struct vb_sniff_packet *packet,
                   struct vb_sniff_text *line)
{
    struct vb_sniffed sniffed;
    sniff->counts.packets++;
    vb_sniff_read(sniff->link, packet, &sniffed);
    if (sniffed.medium == VB_SNIFF_OTHER ||
        (sniff->of_source && !vb_mac_equal(&sniffed.src, &sniff->source)))
        return false;
    sniff->counts.shown++;
    line->length = 0;
    line->text[0] = '\0';
    say_way(&sniffed, line);
    say_body(sniff, &sniffed, line);
    return true;
}
