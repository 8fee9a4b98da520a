# The api's only source list: paths relative to api/. CMake includes it here, ESP-IDF there. Files
# that hold a topic are rows of src/topics.def.
set(VB_API_SOURCES
    src/access.c
    src/answer.c
    src/api.c
    src/calendar.c
    src/compatibility.c
    src/history_ask.c
    src/history_csv.c
    src/history_view.c
    src/json_input.c
    src/json_time.c
    src/json_values.c
    src/json_writer.c
    src/occurrence.c
    src/patch.c
    src/percent.c
    src/problems.c
    src/push.c
    src/query.c
    src/reading_json.c
    src/refusal.c
    src/routes.c
    src/site.c)

file(STRINGS "${CMAKE_CURRENT_LIST_DIR}/src/topics.def" rows REGEX "^VB_TOPIC_ROW")
foreach(row IN LISTS rows)
    string(REGEX REPLACE "^.*, ([a-z_]+[.]c)[)]$" "src/\\1" source "${row}")
    list(APPEND VB_API_SOURCES "${source}")
endforeach()
