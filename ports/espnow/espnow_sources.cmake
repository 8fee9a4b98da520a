# Every source of ESP-NOW's codec, for whatever builds it.
set(VB_ESPNOW_SOURCES
    battery_emulator.c
    espnow_frame.c
    radiotap.c)
