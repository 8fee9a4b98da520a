# Likewise the only list, which tools/amalgamate.py reads too.
set(VB_MIGRATION_SOURCES
    old_import.c
    old_settings.c)
