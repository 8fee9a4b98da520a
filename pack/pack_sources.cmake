# The pack's only source list: plain paths relative to pack/. CMake includes it here, ESP-IDF there.
set(VB_PACK_SOURCES
    src/alarm.c
    src/alarm_limits.c
    src/alarm_slots.c
    src/alarms.c
    src/alarms_balance.c
    src/alarms_cells.c
    src/alarms_doubt.c
    src/alarms_pack.c
    src/cell_series.c
    src/energy.c
    src/imbalance.c
    src/rollup.c
    src/rollup_bytes.c
    src/weak_cells.c)
