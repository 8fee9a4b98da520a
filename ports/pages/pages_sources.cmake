# What every web server needs, for whatever builds it.
set(VB_PAGES_SOURCES answer_head.c page_lookup.c socket_pace.c)
