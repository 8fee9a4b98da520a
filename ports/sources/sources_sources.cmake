# The only list of these sources, for CMake here and for other build systems. They need files, and
# nothing else of the platform.
set(VB_SOURCES_SOURCES
    source.c
    source_error.c
    source_file.c
    source_guess.c
    can_decoder.c
    can_log_line.c
    can_poll.c
    candump.c
    csv.c
    csv_date.c
    csv_jk.c
    csv_leafspy.c
    csv_lines.c
    csv_outlander.c
    csv_row.c
    csv_wide.c
    isotp.c
    leaf_battery.c
    recording.c
    model_load.c
    model_monitor.c
    model_pack.c
    model_source.c)
