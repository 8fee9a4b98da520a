# What a web server needs of the embedded pages, for whatever builds it.
set(VB_PAGES_SOURCES page_lookup.c)
