# For a component's own CMakeLists.txt: the pages in it, as ./dev build has left them; gzipped only.
get_filename_component(web ${CMAKE_CURRENT_LIST_DIR}/../../../../web ABSOLUTE)
find_program(VB_NODE node)
if(NOT VB_NODE OR NOT EXISTS ${web}/dist/index.html)
    message(FATAL_ERROR
        "The pages are not built, or there is no Node.js to embed them: run ./dev build first.")
endif()
set(table ${CMAKE_CURRENT_BINARY_DIR}/web_assets.c)
file(GLOB_RECURSE pages CONFIGURE_DEPENDS ${web}/dist/*)
add_custom_command(
    OUTPUT ${table}
    COMMAND ${VB_NODE} ${web}/embed/embed_assets.mjs ${web}/dist ${web}/src/lib/views.json ${table}
        --gzipped-only
    DEPENDS ${pages} ${web}/embed/embed_assets.mjs
    VERBATIM)
target_sources(${COMPONENT_LIB} PRIVATE ${table})
