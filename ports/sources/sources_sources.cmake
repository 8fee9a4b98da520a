# The only list of these sources, for CMake here and for other build systems. They need files, and
# nothing else of the platform.
file(GLOB vb_csv_sources RELATIVE ${CMAKE_CURRENT_LIST_DIR} CONFIGURE_DEPENDS
    ${CMAKE_CURRENT_LIST_DIR}/csv*.c) # a new layout is a file, and a row in csv_layout.h
set(VB_SOURCES_SOURCES
    ${vb_csv_sources}
    source.c
    source_error.c
    source_file.c
    source_guess.c
    can_decoder.c
    can_log_line.c
    can_poll.c
    can_reader.c
    candump.c
    isotp.c
    leaf_battery.c
    recording.c
    model_load.c
    model_monitor.c
    model_pack.c
    model_source.c)
