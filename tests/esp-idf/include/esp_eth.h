/* Ethernet: what is used of it, from ESP-IDF 5.5's "Ethernet" reference; esp_eth.h includes there
 * what else is declared here. */
#ifndef VOLTBEACON_ESP_IDF_ESP_ETH_H
#define VOLTBEACON_ESP_IDF_ESP_ETH_H

#include <stdint.h>

#include <driver/spi_master.h>
#include <esp_event.h>
#include <esp_netif.h>

typedef enum { ETHERNET_EVENT_CONNECTED = 2, ETHERNET_EVENT_DISCONNECTED } eth_event_t;
extern esp_event_base_t const ETH_EVENT;

/* ---- MAC and PHY ---- */

typedef struct esp_eth_mac_s esp_eth_mac_t;
struct esp_eth_mac_s {
    esp_err_t (*del)(esp_eth_mac_t *mac);
};

typedef struct esp_eth_phy_s esp_eth_phy_t;
struct esp_eth_phy_s {
    esp_err_t (*del)(esp_eth_phy_t *phy);
};

typedef struct {
    uint32_t rx_task_stack_size;
} eth_mac_config_t;

#define ETH_MAC_DEFAULT_CONFIG()    \
    {                               \
        .rx_task_stack_size = 4096, \
    }

typedef struct {
    int32_t phy_addr;   /* -1: it is looked for */
    int reset_gpio_num; /* -1: none is wired */
} eth_phy_config_t;

#define ETH_PHY_DEFAULT_CONFIG()             \
    {                                        \
        .phy_addr = -1, .reset_gpio_num = 5, \
    }

/* NULL: there is no memory, or the configuration cannot be. */
esp_eth_phy_t *esp_eth_phy_new_generic(const eth_phy_config_t *config);
esp_eth_phy_t *esp_eth_phy_new_lan87xx(const eth_phy_config_t *config);
esp_eth_phy_t *esp_eth_phy_new_w5500(const eth_phy_config_t *config);

typedef struct {
    int int_gpio_num; /* -1: it is asked every poll_period_ms, which is 0 otherwise */
    uint32_t poll_period_ms;
    spi_host_device_t spi_host_id;
    spi_device_interface_config_t *spi_devcfg;
} eth_w5500_config_t;

#define ETH_W5500_DEFAULT_CONFIG(spi_host, spi_devcfg_p)                            \
    {                                                                               \
        .int_gpio_num = 4, .spi_host_id = (spi_host), .spi_devcfg = (spi_devcfg_p), \
    }

/* With an interrupt its service was installed. */
esp_eth_mac_t *esp_eth_mac_new_w5500(const eth_w5500_config_t *w5500_config,
                                     const eth_mac_config_t *mac_config);

typedef enum { EMAC_DATA_INTERFACE_RMII } eth_data_interface_t;
typedef enum { ETH_DMA_BURST_LEN_32 } eth_mac_dma_burst_len_t;
typedef enum { EMAC_CLK_EXT_IN = 1, EMAC_CLK_OUT } emac_rmii_clock_mode_t;
typedef int emac_rmii_clock_gpio_t;

typedef struct {
    int mdc_num;
    int mdio_num;
} emac_esp_smi_gpio_config_t;

typedef union {
    struct {
        emac_rmii_clock_mode_t clock_mode;
        emac_rmii_clock_gpio_t clock_gpio;
    } rmii;
} eth_mac_clock_config_t;

typedef struct {
    emac_esp_smi_gpio_config_t smi_gpio;
    eth_data_interface_t interface;
    eth_mac_clock_config_t clock_config;
    eth_mac_dma_burst_len_t dma_burst_len;
} eth_esp32_emac_config_t;

esp_eth_mac_t *esp_eth_mac_new_esp32(const eth_esp32_emac_config_t *esp32_config,
                                     const eth_mac_config_t *config);

/* ---- The driver ---- */

typedef void *esp_eth_handle_t;

typedef struct {
    esp_eth_mac_t *mac;
    esp_eth_phy_t *phy;
    uint32_t check_link_period_ms;
} esp_eth_config_t;

#define ETH_DEFAULT_CONFIG(emac, ephy)                              \
    {                                                               \
        .mac = (emac), .phy = (ephy), .check_link_period_ms = 2000, \
    }

typedef enum { ETH_CMD_G_MAC_ADDR, ETH_CMD_S_MAC_ADDR } esp_eth_io_cmd_t;

/* The first that speaks with the hardware. */
esp_err_t esp_eth_driver_install(const esp_eth_config_t *config, esp_eth_handle_t *out_hdl);
esp_err_t esp_eth_ioctl(esp_eth_handle_t hdl, esp_eth_io_cmd_t cmd, void *data);
esp_err_t esp_eth_start(esp_eth_handle_t hdl);

typedef struct esp_eth_netif_glue_t *esp_eth_netif_glue_handle_t;

/* NULL: there is no memory. */
esp_eth_netif_glue_handle_t esp_eth_new_netif_glue(esp_eth_handle_t eth_hdl);

#endif
