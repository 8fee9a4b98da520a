# What every client of a broker keeps to, for whatever builds it.
set(VB_MQTT_SOURCES mqtt_rules.c)
