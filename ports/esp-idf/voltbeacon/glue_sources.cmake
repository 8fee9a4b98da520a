# The only list of what an ESP32 needs besides the rings: the component beside this, and the tests,
# which compile it for rv32 and run it on the host.
set(VB_IDF_SOURCES
    event_ring.c
    event_slot.c
    idf_clock.c
    nvs_keys.c
    panic.c
    radio.c
    receiver_node.c
    storing.c)
