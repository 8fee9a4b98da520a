# Run by cmake/build_info.cmake: writes `header` for `version` of the sources in `source_dir`, built
# `for_tests` or to be used. Sources that were changed after their commit are DEVELOPMENT, too, and
# their commit ends in a plus.
execute_process(
    COMMAND git -C ${source_dir} rev-parse --short=12 HEAD
    OUTPUT_VARIABLE commit
    OUTPUT_STRIP_TRAILING_WHITESPACE
    ERROR_QUIET
    RESULT_VARIABLE failed)
if(failed)
    set(commit "unknown")
endif()
execute_process(
    COMMAND git -C ${source_dir} diff --quiet HEAD
    OUTPUT_QUIET
    ERROR_QUIET
    RESULT_VARIABLE changed)
set(environment "PRODUCTION")
if(for_tests)
    set(environment "DEVELOPMENT")
endif()
if(changed EQUAL 1)
    set(environment "DEVELOPMENT")
    string(SUBSTRING ${commit} 0 11 commit) # 12 characters have room in the metadata
    string(APPEND commit "+")
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
#define VB_BUILD_ENVIRONMENT \"${environment}\"
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
