/* Texts of the command line, of any content: options of --link and --source, and addresses. What is
 * refused is refused with a sentence. The first byte chooses. */
#include <stdio.h>
#include <string.h>

#include "fuzz_require.h"
#include "linux/link/udp_link.h"
#include "linux/web/web_address.h"
#include "sources/source.h"
#include "voltbeacon/core/mac.h"

enum { TEXT_SIZE = 512, KINDS = 7 };

static void parse_source(const char *kind, const char *text)
{
    char whole[TEXT_SIZE + 16];
    const struct vb_source_options options = {0};
    struct vb_source_error error = {.text = ""};
    (void)snprintf(whole, sizeof whole, "%s%s", kind, text);
    struct vb_source *source = vb_source_open(whole, &options, &error);
    require(source != NULL || error.text[0] != '\0');
    if (source != NULL) {
        struct vb_reading reading;
        uint64_t at_ms;
        require(vb_source_describe(source).cell_count >= 1);
        require(vb_source_step(source, &reading, &at_ms) == VB_SOURCE_READING);
    }
    vb_source_close(source);
}

static void parse_link(const char *text)
{
    struct vb_udp_options options;
    char error[256] = "";
    require(vb_udp_options_parse(text, &options, error, sizeof error) || error[0] != '\0');
}

/* In a folder where nothing can be made: whatever its name, it is refused. */
static void open_pipe(const char *text)
{
    char whole[TEXT_SIZE + 32];
    char error[256] = "";
    struct vb_linux_link link;
    (void)snprintf(whole, sizeof whole, "pipe:/proc/nowhere/%s", text);
    const struct vb_linux_link_options options = {
        .text = whole, .side = VB_LINK_RECEIVER, .mac = {{2, 0, 0, 0, 0, 1}}};
    require(!vb_linux_link_open(&link, &options, error, sizeof error) && error[0] != '\0');
}

static void check_web_address(const char *text)
{
    for (unsigned open = 0; open < 2; open++) {
        char error[256] = "";
        require(vb_web_address_check(text, open != 0, error, sizeof error) || error[0] != '\0');
    }
}

static void parse_mac(const char *text)
{
    struct vb_mac mac;
    char again[VB_MAC_TEXT_SIZE];
    struct vb_mac same;
    if (!vb_mac_parse(text, strlen(text), &mac))
        return;
    vb_mac_format(&mac, again);
    require(vb_mac_parse(again, strlen(again), &same) && vb_mac_equal(&mac, &same));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[TEXT_SIZE];
    if (size == 0)
        return 0;
    const size_t length = size - 1 < TEXT_SIZE - 1 ? size - 1 : TEXT_SIZE - 1;
    memcpy(text, data + 1, length);
    text[length] = '\0';
    switch (data[0] % KINDS) {
    case 0:
        parse_link(text);
        break;
    case 1:
        parse_source("sim:", text);
        break;
    case 2:
        parse_source("csv:/nowhere/", text);
        break;
    case 3:
        (void)vb_web_is_loopback(text);
        break;
    case 4:
        open_pipe(text);
        break;
    case 5:
        check_web_address(text);
        break;
    default:
        parse_mac(text);
    }
    return 0;
}
