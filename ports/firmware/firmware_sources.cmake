# What decides about an image of new firmware, for whatever builds it.
set(VB_FIRMWARE_SOURCES firmware_image.c firmware_trial.c firmware_update.c firmware_verdict.c)
