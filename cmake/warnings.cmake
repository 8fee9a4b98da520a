# The warnings every C file of the project is compiled with. An interface target, so that nothing
# is switched off by accident in one folder; tests/tidy holds the list complete.
add_library(vb_warnings INTERFACE)
target_compile_options(vb_warnings INTERFACE
    -Wall
    -Wextra
    -Wpedantic
    -Wconversion
    -Wshadow
    -Wswitch-enum
    -Wundef
    -Wmissing-prototypes
    -Wvla
    -Werror)

# Ports and apps speak to Linux; core, pack and api stay plain C11.
add_library(vb_posix INTERFACE)
target_compile_definitions(vb_posix INTERFACE _GNU_SOURCE)
target_link_libraries(vb_posix INTERFACE vb_warnings)
