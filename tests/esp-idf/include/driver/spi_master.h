/* SPI: what is used of it, from ESP-IDF 5.5's "SPI Master Driver". */
#ifndef VOLTBEACON_ESP_IDF_SPI_MASTER_H
#define VOLTBEACON_ESP_IDF_SPI_MASTER_H

#include <stdint.h>

#include <esp_err.h>

typedef enum { SPI1_HOST, SPI2_HOST } spi_host_device_t;
typedef enum { SPI_DMA_CH_AUTO = 3 } spi_common_dma_t;
typedef spi_common_dma_t spi_dma_chan_t;

/* GPIOs; -1: it is not used. */
typedef struct {
    int mosi_io_num;
    int miso_io_num;
    int sclk_io_num;
    int quadwp_io_num;
    int quadhd_io_num;
} spi_bus_config_t;

typedef struct {
    int clock_speed_hz;
    int spics_io_num;
    int queue_size;
} spi_device_interface_config_t;

esp_err_t spi_bus_initialize(spi_host_device_t host_id, const spi_bus_config_t *bus_config,
                             spi_dma_chan_t dma_chan);
/* No device is on it any more. */
esp_err_t spi_bus_free(spi_host_device_t host_id);

#endif
