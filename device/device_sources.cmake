# The only list of the device ring's sources, for CMake here and for other build systems.
set(VB_DEVICE_SOURCES
    src/settings_table.c)
