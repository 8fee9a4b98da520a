# Every source of ESP-NOW's codec, for whatever builds it.
set(VB_ESPNOW_SOURCES
    espnow_frame.c
    radiotap.c)
