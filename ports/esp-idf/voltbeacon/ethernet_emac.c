#include "esp-idf/voltbeacon/ethernet_emac.h"

#include <driver/gpio.h>
#include <freertos/FreeRTOS.h>
#include <freertos/task.h>

/* An oscillator, and a PHY after its supply; the slowest of those on the boards known takes 25. */
enum { POWER_MS = 50 };

/* Before anything is asked: without the PHY's clock the MAC does not even end its reset. */
static esp_err_t switch_on(int power)
{
    if (power < 0)
        return ESP_OK;
    esp_err_t err = gpio_set_direction((gpio_num_t)power, GPIO_MODE_OUTPUT);
    if (err == ESP_OK)
        err = gpio_set_level((gpio_num_t)power, 1);
    if (err == ESP_OK)
        vTaskDelay(pdMS_TO_TICKS(POWER_MS));
    return err;
}

static esp_err_t make(const void *ctx, struct vb_ethernet_chip *chip)
{
    const struct vb_emac_pins *pins = ctx;
    const eth_mac_config_t mac = ETH_MAC_DEFAULT_CONFIG();
    eth_phy_config_t phy = ETH_PHY_DEFAULT_CONFIG();
    eth_esp32_emac_config_t emac = {.interface = EMAC_DATA_INTERFACE_RMII,
                                    .dma_burst_len = ETH_DMA_BURST_LEN_32};
    emac.smi_gpio.mdc_num = pins->mdc;
    emac.smi_gpio.mdio_num = pins->mdio;
    emac.clock_config.rmii.clock_mode = pins->clock == 0 ? EMAC_CLK_EXT_IN : EMAC_CLK_OUT;
    emac.clock_config.rmii.clock_gpio = (emac_rmii_clock_gpio_t)pins->clock;
    phy.phy_addr = pins->phy_address;
    phy.reset_gpio_num = -1;
    const esp_err_t err = switch_on(pins->power);
    if (err != ESP_OK)
        return err;
    chip->mac = esp_eth_mac_new_esp32(&emac, &mac);
    if (chip->mac == NULL)
        return ESP_ERR_NO_MEM;
    chip->phy = pins->phy(&phy);
    if (chip->phy != NULL)
        return ESP_OK;
    (void)chip->mac->del(chip->mac);
    return ESP_ERR_NO_MEM;
}

struct vb_ethernet_port vb_ethernet_emac(const struct vb_emac_pins *pins)
{
    return (struct vb_ethernet_port){
        .title = "the Ethernet PHY",
        .check = "which board this build is for: its PHY's clock, power pin and address",
        .pins = pins,
        .make = make};
}
