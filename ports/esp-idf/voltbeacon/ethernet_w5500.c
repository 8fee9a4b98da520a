#include "esp-idf/voltbeacon/ethernet_w5500.h"

#include <driver/gpio.h>
#include <driver/spi_master.h>

/* Every chip has it, and nothing else here uses it. */
static const spi_host_device_t host = SPI2_HOST;

enum {
    QUEUE = 20,
    ASK_MS = 10,
    PHY_ADDRESS = 1 /* its PHY is the chip's own; esp_eth wants a number */
};

/* It was installed already: by another driver of the project's. */
static esp_err_t allow_interrupts(const struct vb_w5500_pins *pins)
{
    if (pins->interrupt < 0)
        return ESP_OK;
    const esp_err_t err = gpio_install_isr_service(0);
    return err == ESP_ERR_INVALID_STATE ? ESP_OK : err;
}

static esp_err_t make_parts(const struct vb_w5500_pins *pins, struct vb_ethernet_chip *chip)
{
    spi_device_interface_config_t device = {
        .clock_speed_hz = pins->clock_hz, .spics_io_num = pins->cs, .queue_size = QUEUE};
    eth_w5500_config_t w5500 = ETH_W5500_DEFAULT_CONFIG(host, &device);
    const eth_mac_config_t mac = ETH_MAC_DEFAULT_CONFIG();
    eth_phy_config_t phy = ETH_PHY_DEFAULT_CONFIG();
    w5500.int_gpio_num = pins->interrupt;
    w5500.poll_period_ms = pins->interrupt < 0 ? ASK_MS : 0;
    phy.phy_addr = PHY_ADDRESS;
    phy.reset_gpio_num = pins->reset;
    chip->mac = esp_eth_mac_new_w5500(&w5500, &mac);
    if (chip->mac == NULL)
        return ESP_ERR_NO_MEM;
    chip->phy = esp_eth_phy_new_w5500(&phy);
    if (chip->phy != NULL)
        return ESP_OK;
    (void)chip->mac->del(chip->mac);
    return ESP_ERR_NO_MEM;
}

static void unmake(void)
{
    (void)spi_bus_free(host);
}

static esp_err_t make(const void *ctx, struct vb_ethernet_chip *chip)
{
    const struct vb_w5500_pins *pins = ctx;
    const spi_bus_config_t bus = {.mosi_io_num = pins->mosi,
                                  .miso_io_num = pins->miso,
                                  .sclk_io_num = pins->sclk,
                                  .quadwp_io_num = -1,
                                  .quadhd_io_num = -1};
    esp_err_t err = allow_interrupts(pins);
    if (err == ESP_OK)
        err = spi_bus_initialize(host, &bus, SPI_DMA_CH_AUTO);
    if (err != ESP_OK)
        return err;
    chip->needs_address = true;
    err = make_parts(pins, chip);
    if (err != ESP_OK)
        unmake();
    return err;
}

struct vb_ethernet_port vb_ethernet_w5500(const struct vb_w5500_pins *pins)
{
    return (struct vb_ethernet_port){.title = "the W5500",
                                     .check =
                                         "its power, and its wires against the pins of this build",
                                     .pins = pins,
                                     .make = make,
                                     .unmake = unmake};
}
