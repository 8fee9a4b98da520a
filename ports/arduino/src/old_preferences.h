/* What an older receiver's Preferences hold, as vb_old_import_begin() reads it: docs/migrating.md.
 *
 *     static Preferences old;
 *     old.begin("tx_cache", true); // read-only
 *     const vb_old_keys keys = {&old, vb_old_preferences_get}; */
#ifndef VOLTBEACON_OLD_PREFERENCES_H
#define VOLTBEACON_OLD_PREFERENCES_H

#include <Preferences.h>
#include <voltbeacon_esp32.h>

inline int vb_old_preferences_get(void *ctx, const char *key, vb_old_type type, uint8_t *bytes,
                                  size_t capacity)
{
    static const PreferenceType put_as[] = {PT_U8, PT_U16, PT_STR, PT_BLOB}; // by vb_old_type
    Preferences *old = static_cast<Preferences *>(ctx);
    const PreferenceType is = old->getType(key);
    if (is == PT_INVALID)
        return VB_ERR_NOT_FOUND;
    if (is != put_as[type])
        return VB_ERR_WRONG_TYPE;
    String text;
    uint8_t number[2] = {0, 0};
    size_t size = 0;
    switch (type) {
    case VB_OLD_BOOL:
        number[0] = old->getUChar(key);
        size = 1;
        break;
    case VB_OLD_U16:
        number[0] = (uint8_t)old->getUShort(key);
        number[1] = (uint8_t)(old->getUShort(key) >> 8);
        size = 2;
        break;
    case VB_OLD_STRING:
        text = old->getString(key);
        size = text.length();
        break;
    case VB_OLD_IPV4:
        size = old->getBytesLength(key);
        break;
    }
    if (size > capacity)
        return VB_ERR_TOO_LONG;
    if (type == VB_OLD_IPV4)
        return old->getBytes(key, bytes, size) == size ? (int)size : VB_ERR_STORE;
    memcpy(bytes, type == VB_OLD_STRING ? (const void *)text.c_str() : number, size);
    return (int)size;
}

#endif
