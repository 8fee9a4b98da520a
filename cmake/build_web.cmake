# Builds web_dir/dist with the given node and npm, for the API that `contract` describes.
#
# web_dir is shared by all build folders (build, build/asan, ...), so this looks for itself whether
# anything is to be done, and only one build folder does it at a time.
cmake_minimum_required(VERSION 3.25)

if(NOT node OR NOT npm)
    message(FATAL_ERROR
        "The web pages cannot be built: node and npm were not found. "
        "Run ./dev setup, or install Node.js 18 or later with npm, then build again.")
endif()
execute_process(
    COMMAND ${node} --version
    OUTPUT_VARIABLE node_version
    OUTPUT_STRIP_TRAILING_WHITESPACE)
string(REGEX REPLACE "^v" "" node_version "${node_version}")
if(node_version VERSION_LESS 18)
    message(FATAL_ERROR
        "The web pages cannot be built: ${node} is version ${node_version}, 18 or later is needed. "
        "Install a newer Node.js, then build again.")
endif()

function(run what)
    message(STATUS "web: ${what}")
    execute_process(
        COMMAND ${ARGN}
        WORKING_DIRECTORY ${web_dir}
        OUTPUT_VARIABLE output
        ERROR_VARIABLE output
        RESULT_VARIABLE failed)
    if(failed)
        message(NOTICE "${output}")
        message(FATAL_ERROR
            "The web pages cannot be built: \"${what}\" failed in web/; its output is above.")
    endif()
endfunction()

# True in `result` unless `made` is younger than each of the files that follow.
function(is_stale result made)
    set(${result} FALSE PARENT_SCOPE)
    foreach(file IN LISTS ARGN)
        if(${file} IS_NEWER_THAN ${made})
            set(${result} TRUE PARENT_SCOPE)
            return()
        endif()
    endforeach()
endfunction()

file(LOCK ${web_dir}/dist.lock GUARD PROCESS TIMEOUT 300)

set(installed ${web_dir}/node_modules/.package-lock.json) # npm writes it last
is_stale(stale ${installed} ${web_dir}/package-lock.json)
if(stale)
    run("npm ci" ${npm} ci --no-audit --no-fund)
endif()

run("node scripts/types.mjs" ${node} scripts/types.mjs ${contract})

file(GLOB_RECURSE sources ${web_dir}/src/* ${web_dir}/public/* ${web_dir}/scripts/*)
file(GLOB settings ${web_dir}/*.html ${web_dir}/*.json ${web_dir}/*.js ${web_dir}/*.ts)
is_stale(stale ${web_dir}/dist/index.html ${sources} ${settings} ${installed})
if(stale)
    file(REMOVE ${web_dir}/dist/index.html) # what fails on the way is not taken for built
    run("npm run build" ${npm} run build)
endif()
