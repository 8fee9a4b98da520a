# The only list of the device ring's sources, for CMake here and for other build systems.
set(VB_DEVICE_SOURCES
    src/append.c
    src/black_box.c
    src/capture.c
    src/log_sink.c
    src/receiver_alarms.c
    src/receiver_black_box.c
    src/receiver_device.c
    src/receiver_settings.c
    src/receiver_sources.c
    src/receiver_watch.c
    src/receiver_weak_cells.c
    src/recording_text.c
    src/settings_table.c
    src/transmitter_apply.c
    src/transmitter_device.c
    src/transmitter_feed.c)
