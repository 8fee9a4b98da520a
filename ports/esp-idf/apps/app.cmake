# What both apps set before they include ESP-IDF's project.cmake.
get_filename_component(root ${CMAKE_CURRENT_LIST_DIR}/../../.. ABSOLUTE)
file(STRINGS ${root}/CMakeLists.txt version REGEX "^project\\(voltbeacon VERSION ")
string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" PROJECT_VER "${version}")

# VB_BUILD_COMMIT and its like, as the program on Linux has them.
set(generated ${CMAKE_CURRENT_BINARY_DIR}/generated)
execute_process(COMMAND ${CMAKE_COMMAND} -D source_dir=${root} -D version=${PROJECT_VER}
    -D for_tests=FALSE -D header=${generated}/build_info.h
    -P ${root}/cmake/write_build_info.cmake
    COMMAND_ERROR_IS_FATAL ANY)

list(APPEND EXTRA_COMPONENT_DIRS ${CMAKE_CURRENT_LIST_DIR}/../voltbeacon) # after a builder's own
# Of a builder's own, if any, the word counts last.
set(SDKCONFIG_DEFAULTS ${CMAKE_CURRENT_LIST_DIR}/sdkconfig.defaults ${SDKCONFIG_DEFAULTS})
set(COMPONENTS main)
