# vb_build_info: the header build_info.h with version, commit, build time and kind of build.
#
# Looked at in every build, rewritten only when the version or the commit has changed, so that a
# build without changes compiles nothing.
set(vb_generated_dir ${PROJECT_BINARY_DIR}/generated)
if(BUILD_TESTING OR VB_FUZZ)
    set(vb_for_tests TRUE)
else()
    set(vb_for_tests FALSE)
endif()
add_custom_target(vb_build_info_file
    COMMAND ${CMAKE_COMMAND}
        -D source_dir=${PROJECT_SOURCE_DIR}
        -D version=${PROJECT_VERSION}
        -D for_tests=${vb_for_tests}
        -D header=${vb_generated_dir}/build_info.h
        -P ${PROJECT_SOURCE_DIR}/cmake/write_build_info.cmake
    BYPRODUCTS ${vb_generated_dir}/build_info.h
    VERBATIM)
add_library(vb_build_info INTERFACE)
target_include_directories(vb_build_info INTERFACE ${vb_generated_dir})
add_dependencies(vb_build_info vb_build_info_file)
