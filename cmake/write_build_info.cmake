# Run by cmake/build_info.cmake: writes `header` for `version` of the sources in `source_dir`.
execute_process(
    COMMAND git -C ${source_dir} rev-parse --short=12 HEAD
    OUTPUT_VARIABLE commit
    OUTPUT_STRIP_TRAILING_WHITESPACE
    ERROR_QUIET
    RESULT_VARIABLE failed)
if(failed)
    set(commit "unknown")
endif()

string(REPLACE "." ";" parts ${version})
list(GET parts 0 major)
list(GET parts 1 minor)
list(GET parts 2 patch)
set(identity "/* Written by cmake/write_build_info.cmake: what was built, and from what. */
#ifndef VOLTBEACON_BUILD_INFO_H
#define VOLTBEACON_BUILD_INFO_H

#define VB_BUILD_VERSION \"${version}\"
#define VB_BUILD_VERSION_MAJOR ${major}
#define VB_BUILD_VERSION_MINOR ${minor}
#define VB_BUILD_VERSION_PATCH ${patch}
#define VB_BUILD_COMMIT \"${commit}\"
")

if(EXISTS ${header})
    file(READ ${header} before)
    string(FIND "${before}" "${identity}" same)
    if(same EQUAL 0)
        return()
    endif()
endif()
# Honours SOURCE_DATE_EPOCH, so that a package can be rebuilt byte by byte.
string(TIMESTAMP time "%Y-%m-%dT%H:%M:%SZ" UTC)
file(WRITE ${header} "${identity}#define VB_BUILD_TIME \"${time}\"

#endif
")
