# The only list of what an ESP32 needs besides the rings: the component beside this, and the tests,
# which compile it for rv32 and run it on the host.
set(VB_IDF_SOURCES
    console_log.c
    event_ring.c
    event_slot.c
    idf_broker.c
    idf_broker_why.c
    idf_clock.c
    model_feed.c
    netif_address.c
    nvs_keys.c
    panic.c
    radio.c
    radio_channel.c
    receiver_node.c
    settings_console.c
    setup_console.c
    starts.c
    storing.c
    transmitter_node.c
    twai_feed.c
    wifi.c
    wifi_country.c
    wifi_network.c)
# The cable, where the project has Ethernet, and the chips that may drive it.
set(VB_IDF_ETHERNET_SOURCES
    ethernet.c)
set(VB_IDF_EMAC_SOURCES
    ethernet_emac.c)
set(VB_IDF_W5500_SOURCES
    ethernet_w5500.c)
# What serves over HTTP, with the pages in it.
set(VB_IDF_WEB_SOURCES
    http_api.c
    http_firmware.c
    http_pages.c
    http_receiver.c
    http_request.c
    http_server.c
    http_sockets.c
    http_text.c
    wifi_page.c)
# New firmware on a board that has the web server.
set(VB_IDF_UPDATE_SOURCES
    new_firmware.c
    ota_slot.c)
# A battery on CAN and the simulated pack, of ports/sources: they need no files.
set(VB_IDF_CAN_SOURCES
    can_decoder.c
    can_poll.c
    can_reader.c
    isotp.c
    leaf_battery.c)
set(VB_IDF_MODEL_SOURCES
    model_load.c
    model_monitor.c
    model_pack.c
    model_source.c
    source_error.c)
