# The history in memory, and what every history does alike, for whatever keeps one.
set(VB_HISTORY_SOURCES history_packs.c ram_history.c ram_point.c ram_query.c ram_ring.c)
