#include "host_eth.h"

#include <esp_mac.h>
#include <string.h>

#include "host_event.h"
#include "voltbeacon/core/platform.h"

esp_event_base_t const ETH_EVENT = "ETH_EVENT";

static struct host_eth eth;
static struct esp_netif_obj cable;
static spi_bus_config_t bus;
static spi_device_interface_config_t device;
static eth_esp32_emac_config_t emac;
static esp_eth_mac_t mac;
static esp_eth_phy_t phy;
static unsigned fail_in;
static bool has_failed;

struct host_eth *host_eth(void)
{
    return &eth;
}

void host_eth_reset(void)
{
    eth = (struct host_eth){0};
    cable = (struct esp_netif_obj){.has_dhcp = true};
    bus = (spi_bus_config_t){0};
    emac = (eth_esp32_emac_config_t){0};
    fail_in = 0;
    has_failed = false;
}

void host_eth_fail_at(unsigned n)
{
    fail_in = n;
    has_failed = false;
}

bool host_eth_has_failed(void)
{
    return has_failed;
}

static bool fails(void)
{
    const bool now = fail_in == 1;
    fail_in -= fail_in > 0;
    has_failed |= now;
    return now;
}

/* ---- Pins and SPI ---- */

esp_err_t gpio_set_direction(gpio_num_t gpio_num, gpio_mode_t mode)
{
    VB_ASSERT(gpio_num >= 0 && gpio_num < 32 && mode == GPIO_MODE_OUTPUT);
    return fails() ? ESP_ERR_INVALID_ARG : ESP_OK;
}

esp_err_t gpio_set_level(gpio_num_t gpio_num, uint32_t level)
{
    VB_ASSERT(gpio_num >= 0 && gpio_num < 32 && level <= 1);
    if (fails())
        return ESP_ERR_INVALID_ARG;
    eth.levels = (eth.levels & ~(1u << gpio_num)) | level << gpio_num;
    return ESP_OK;
}

esp_err_t gpio_install_isr_service(int intr_alloc_flags)
{
    VB_ASSERT(intr_alloc_flags == 0);
    if (fails())
        return ESP_ERR_NO_MEM;
    const bool had = eth.has_isr;
    eth.has_isr = true;
    return had ? ESP_ERR_INVALID_STATE : ESP_OK;
}

esp_err_t spi_bus_initialize(spi_host_device_t host_id, const spi_bus_config_t *bus_config,
                             spi_dma_chan_t dma_chan)
{
    VB_ASSERT(host_id == SPI2_HOST && dma_chan == SPI_DMA_CH_AUTO && eth.buses == 0);
    VB_ASSERT(bus_config->quadwp_io_num == -1 && bus_config->quadhd_io_num == -1);
    if (fails())
        return ESP_ERR_NO_MEM;
    bus = *bus_config;
    eth.buses++;
    return ESP_OK;
}

esp_err_t spi_bus_free(spi_host_device_t host_id)
{
    VB_ASSERT(host_id == SPI2_HOST && eth.buses == 1 && eth.macs == 0);
    eth.buses--;
    return ESP_OK;
}

/* ---- MAC and PHY ---- */

static esp_err_t delete_mac(esp_eth_mac_t *which)
{
    VB_ASSERT(which == &mac && eth.macs == 1 && !eth.is_installed);
    eth.macs--;
    return ESP_OK;
}

static esp_err_t delete_phy(esp_eth_phy_t *which)
{
    VB_ASSERT(which == &phy && eth.phys == 1 && !eth.is_installed);
    eth.phys--;
    return ESP_OK;
}

static esp_eth_mac_t *make_mac(void)
{
    VB_ASSERT(eth.macs == 0);
    if (fails())
        return NULL;
    eth.macs++;
    mac.del = delete_mac;
    return &mac;
}

esp_eth_mac_t *esp_eth_mac_new_w5500(const eth_w5500_config_t *w5500_config,
                                     const eth_mac_config_t *mac_config)
{
    VB_ASSERT(eth.buses == 1 && mac_config->rx_task_stack_size >= 4096);
    VB_ASSERT(eth.has_isr || w5500_config->int_gpio_num < 0);
    if ((w5500_config->int_gpio_num >= 0) == (w5500_config->poll_period_ms > 0))
        return NULL;
    eth.w5500 = *w5500_config;
    device = *w5500_config->spi_devcfg;
    return make_mac();
}

esp_eth_mac_t *esp_eth_mac_new_esp32(const eth_esp32_emac_config_t *esp32_config,
                                     const eth_mac_config_t *config)
{
    VB_ASSERT(esp32_config->interface == EMAC_DATA_INTERFACE_RMII);
    VB_ASSERT(config->rx_task_stack_size >= 4096);
    emac = *esp32_config;
    return make_mac();
}

static esp_eth_phy_t *make_phy(const eth_phy_config_t *config, int kind)
{
    VB_ASSERT(eth.phys == 0);
    if (fails())
        return NULL;
    eth.phy = *config;
    eth.phy_kind = kind;
    eth.phys++;
    phy.del = delete_phy;
    return &phy;
}

esp_eth_phy_t *esp_eth_phy_new_generic(const eth_phy_config_t *config)
{
    return make_phy(config, 'g');
}

esp_eth_phy_t *esp_eth_phy_new_lan87xx(const eth_phy_config_t *config)
{
    return make_phy(config, 'l');
}

esp_eth_phy_t *esp_eth_phy_new_w5500(const eth_phy_config_t *config)
{
    return make_phy(config, 'w');
}

/* ---- The driver ---- */

/* What it finds there. */
static esp_err_t ask_w5500(void)
{
    const bool wired = bus.sclk_io_num == 18 && bus.mosi_io_num == 23 && bus.miso_io_num == 19 &&
                       device.spics_io_num == 21 && device.clock_speed_hz > 0;
    return eth.has_w5500 && wired ? ESP_OK : ESP_ERR_INVALID_VERSION;
}

static esp_err_t ask_phy(void)
{
    const bool ticks = (eth.levels & 1u << 16) != 0 &&
                       emac.clock_config.rmii.clock_mode == EMAC_CLK_EXT_IN &&
                       emac.clock_config.rmii.clock_gpio == 0;
    if (!eth.has_phy || !ticks)
        return ESP_ERR_TIMEOUT; /* the MAC's reset does not end */
    const bool wired = emac.smi_gpio.mdc_num == 23 && emac.smi_gpio.mdio_num == 18 &&
                       (eth.phy.phy_addr == 1 || eth.phy.phy_addr == -1);
    return wired ? ESP_OK : ESP_FAIL;
}

esp_err_t esp_eth_driver_install(const esp_eth_config_t *config, esp_eth_handle_t *out_hdl)
{
    VB_ASSERT(config->mac == &mac && config->phy == &phy && eth.macs == 1 && eth.phys == 1);
    VB_ASSERT(config->check_link_period_ms > 0 && !eth.is_installed);
    if (fails())
        return ESP_ERR_NO_MEM;
    const esp_err_t err = eth.phy_kind == 'w' ? ask_w5500() : ask_phy();
    if (err != ESP_OK)
        return err;
    eth.is_installed = true;
    *out_hdl = &eth;
    return ESP_OK;
}

esp_err_t esp_eth_ioctl(esp_eth_handle_t hdl, esp_eth_io_cmd_t cmd, void *data)
{
    VB_ASSERT(hdl == &eth && eth.is_installed && cmd == ETH_CMD_S_MAC_ADDR);
    if (fails())
        return ESP_FAIL;
    memcpy(eth.address, data, sizeof eth.address);
    return ESP_OK;
}

/* As esp_netif copies it when it is attached, so that it has to be set before. */
esp_err_t esp_read_mac(uint8_t *bytes, esp_mac_type_t type)
{
    static const uint8_t of_chip[6] = {2, 0, 0, 0, 0, 0};
    VB_ASSERT(type != ESP_MAC_ETH || !eth.is_attached);
    if (fails())
        return ESP_FAIL;
    memcpy(bytes, of_chip, sizeof of_chip);
    bytes[5] += (uint8_t)type;
    return ESP_OK;
}

esp_err_t esp_eth_start(esp_eth_handle_t hdl)
{
    VB_ASSERT(hdl == &eth && eth.is_attached && !eth.runs);
    if (fails())
        return ESP_FAIL;
    eth.runs = true;
    return ESP_OK;
}

/* ---- The interface ---- */

esp_netif_t *esp_netif_new(const esp_netif_config_t *esp_netif_config)
{
    VB_ASSERT(host_event_has_loop() && strcmp(esp_netif_config->base, "ETH_DEF") == 0);
    return fails() ? NULL : &cable;
}

int esp_netif_set_route_prio(esp_netif_t *esp_netif, int route_prio)
{
    VB_ASSERT(esp_netif == &cable);
    eth.route = route_prio;
    return route_prio;
}

esp_eth_netif_glue_handle_t esp_eth_new_netif_glue(esp_eth_handle_t eth_hdl)
{
    VB_ASSERT(eth_hdl == &eth && host_event_has_loop());
    return fails() ? NULL : (esp_eth_netif_glue_handle_t)&eth;
}

esp_err_t esp_netif_attach(esp_netif_t *esp_netif, esp_netif_iodriver_handle driver_handle)
{
    VB_ASSERT(esp_netif == &cable && driver_handle == &eth);
    if (fails())
        return ESP_FAIL;
    eth.is_attached = true;
    return ESP_OK;
}

esp_netif_t *host_eth_interface(void)
{
    return &cable;
}

void host_eth_plug(void)
{
    VB_ASSERT(eth.runs);
    cable.is_up = true;
    host_event_tell(ETH_EVENT, ETHERNET_EVENT_CONNECTED, NULL, 0);
}

void host_eth_unplug(void)
{
    cable.is_up = false;
    host_event_tell(ETH_EVENT, ETHERNET_EVENT_DISCONNECTED, NULL, 0);
}

void host_eth_get_address(const uint8_t ip[4])
{
    ip_event_got_ip_t event = {0};
    memcpy(&event.ip_info.ip.addr, ip, 4);
    cable.address = event.ip_info;
    host_event_tell(IP_EVENT, IP_EVENT_ETH_GOT_IP, &event, sizeof event);
}

void host_eth_lose_address(void)
{
    cable.address.ip.addr = 0;
    host_event_tell(IP_EVENT, IP_EVENT_ETH_LOST_IP, NULL, 0);
}
