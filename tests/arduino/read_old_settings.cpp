/* Reads old settings by Preferences and says what became of them, a line for each section: first of
 * a whole store, then of one with faults. */
#include <cstring>
#include <old_preferences.h>
#include <string>

static Preferences old;

static void read_all()
{
    const vb_old_keys keys = {&old, vb_old_preferences_get};
    for (unsigned i = 0; i < VB_OLD_SECTIONS; i++) {
        static vb_old_section section;
        char text[160];
        vb_old_section_read(&keys, i, true, &section);
        vb_old_section_text(&section, text, sizeof text);
        std::puts(text);
    }
}

int main()
{
    const std::string address("\xc0\xa8\x01\xdd", 4), on("\1"), port("\x5b\x07");
    for (const char *key : {"mqtt_known", "mqtt_en", "net_known", "net_static", "meta_known"})
        old.put(key, PT_U8, on);
    for (const char *key : {"mqtt_user", "mqtt_pass", "mqtt_cid", "meta_dev"})
        old.put(key, PT_STR, key);
    for (const char *key : {"mqtt_srv", "net_sip", "net_ssub", "net_sgw", "net_dns1", "net_dns2"})
        old.put(key, PT_BLOB, address);
    old.put("mqtt_port", PT_U16, port);
    read_all();
    old.put("mqtt_port", PT_U32, port + std::string(2, '\0'));
    old.put("net_sip", PT_BLOB, address + address);
    old.put("meta_dev", PT_STR, std::string(65, 'x'));
    read_all();
    return 0;
}
