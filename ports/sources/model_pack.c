#include "sources/model_pack.h"

#include <math.h>
#include <string.h>

#include "voltbeacon/core/platform.h"

/* Open-circuit voltage over state of charge, every 5 %, in mV. NMC 811 against graphite (LG M50):
 * the two electrode potentials fitted by Chen et al., J. Electrochem. Soc. 167 (2020) 080534, at
 * lithiations of 0.0279 to 0.9014 (graphite) and 0.9077 to 0.27 (NMC). */
static const double open_circuit_mv[] = {2498, 3073, 3258, 3396, 3449, 3494, 3548,
                                         3596, 3633, 3667, 3706, 3754, 3806, 3859,
                                         3921, 3967, 4017, 4066, 4093, 4111, 4181};
enum { OPEN_CIRCUIT_STEPS = 20 };

/* A choice: 53 kWh with 96 cells. */
static const double capacity_ah = 150;
static const double capacity_spread = 0.005; /* standard deviation, relative; a choice */

/* Fitted to an electric van's 96 cells, 71 minutes of driving, over 415 load steps within 2.3 s:
 * 0.39 mOhm on average, standard deviation 0.05. */
static const double resistance_mohm = 0.39;
static const double resistance_spread = 0.13;

/* Cells of that van lie 21 to 26 mV apart; this imbalance gives the same at 65 % of charge. */
static const double imbalance_spread = 0.004; /* standard deviation, of the capacity */

/* Slow polarisation, one pole. Choices. */
static const double polarisation_share = 0.6; /* of the cell's resistance */
static const double polarisation_s = 40;

static const double weak_capacity = 0.94; /* relative; choices that stand out, yet not absurdly */
static const double weak_resistance = 1.9;

/* As a battery management system would do it: limits that close linearly between two voltages. */
static const double charge_tapers_mv = 4110;
static const double charge_ends_mv = 4170;
static const double discharge_tapers_mv = 3300;
static const double discharge_ends_mv = 3150;
static const double limit_a = 150; /* 1 C */
/* The states of charge that belong to the voltages at which the limits close. */
static const double usable_from_soc = 0.071;
static const double usable_to_soc = 0.992;

static const double balancing_from_soc = 0.9;
static const double balancing_above_mean_mv = 3;
static const double balancing_a = 0.1; /* bled by a resistor of some 40 ohm */

/* Choices: a pack that warms by 1 degC at 30 A and takes twenty minutes for it. */
static const double heat_c_per_w = 0.02;
static const double heat_s = 1200;
static const double weak_heat_share = 0.5;

/* Choices: what a cell monitor of 1 mV steps and a current sensor add of their own. */
static const double cell_noise_mv = 0.7;
static const double current_noise_a = 0.05;
static const double temp_noise_c = 0.03;

/* 0 < uniform <= 1, so that its logarithm exists. */
static double uniform(struct vb_random *random)
{
    return (double)((vb_random_u64(random) >> 11) + 1) * 0x1p-53;
}

/* Standard normal, by Box and Muller (Ann. Math. Stat. 29 (1958) 610). */
static double gaussian(struct vb_random *random)
{
    const double radius = sqrt(-2 * log(uniform(random)));
    return radius * cos(2 * M_PI * uniform(random));
}

static double clamp(double value, double low, double high)
{
    return fmin(fmax(value, low), high);
}

static double open_circuit_at(double soc)
{
    const double place = clamp(soc, 0, 1) * OPEN_CIRCUIT_STEPS;
    const size_t below = place < OPEN_CIRCUIT_STEPS ? (size_t)place : OPEN_CIRCUIT_STEPS - 1;
    VB_ASSERT(below + 1 < VB_COUNT_OF(open_circuit_mv));
    const double slope = open_circuit_mv[below + 1] - open_circuit_mv[below];
    return open_circuit_mv[below] + slope * (place - (double)below);
}

static void init_cells(struct vb_model_pack *pack)
{
    const struct vb_model_pack_config *config = &pack->config;
    const double missing_ah = capacity_ah * (100 - config->soc_percent) / 100;
    for (uint8_t i = 0; i < config->cell_count; i++) {
        struct vb_model_cell *cell = &pack->cells[i];
        const bool weak = i + 1 == config->weak_cell;
        cell->capacity_ah = capacity_ah * (1 + capacity_spread * gaussian(&pack->random));
        cell->resistance_mohm = resistance_mohm * (1 + resistance_spread * gaussian(&pack->random));
        cell->resistance_mohm = fmax(cell->resistance_mohm, resistance_mohm / 2);
        if (weak) {
            cell->capacity_ah *= weak_capacity;
            cell->resistance_mohm *= weak_resistance;
        }
        /* Balanced when full: all lack the same charge. */
        const double imbalance_ah = capacity_ah * imbalance_spread * gaussian(&pack->random);
        const double charge_ah = cell->capacity_ah - missing_ah - imbalance_ah;
        cell->charge_ah = clamp(charge_ah, 0, cell->capacity_ah);
        cell->open_circuit_mv = open_circuit_at(cell->charge_ah / cell->capacity_ah);
    }
}

static void init_sensors(struct vb_model_pack *pack)
{
    const struct vb_model_pack_config *config = &pack->config;
    for (uint8_t i = 0; i < config->temp_count; i++) {
        struct vb_model_sensor *sensor = &pack->sensors[i];
        sensor->celsius = config->ambient_c;
        sensor->offset_c = 0.3 * gaussian(&pack->random);
        sensor->heat_share = clamp(1 + 0.1 * gaussian(&pack->random), 0.5, 1.5);
    }
    if (config->weak_cell > 0 && config->temp_count > 0) {
        const unsigned nearest = (config->weak_cell - 1u) * config->temp_count / config->cell_count;
        pack->sensors[nearest].heat_share += weak_heat_share;
    }
}

void vb_model_pack_init(struct vb_model_pack *pack, const struct vb_model_pack_config *config)
{
    VB_ASSERT(config->cell_count >= 1 && config->cell_count <= VB_CELLS_MAX);
    VB_ASSERT(config->temp_count <= VB_TEMPS_MAX && config->weak_cell <= config->cell_count);
    VB_ASSERT(config->balancing_cell <= config->cell_count);
    memset(pack, 0, sizeof *pack);
    pack->config = *config;
    vb_random_seed(&pack->random, config->seed);
    init_cells(pack);
    init_sensors(pack);
}

/* What the most extreme cells allow: limited by their voltage, and so that none leaves its usable
 * range within the step, which may be long. */
static double limited_current(const struct vb_model_pack *pack, double asked_a, double step_h)
{
    double highest_mv = 0;
    double lowest_mv = INFINITY;
    double room_ah = INFINITY;
    double usable_ah = INFINITY;
    for (uint8_t i = 0; i < pack->config.cell_count; i++) {
        const struct vb_model_cell *cell = &pack->cells[i];
        highest_mv = fmax(highest_mv, cell->open_circuit_mv);
        lowest_mv = fmin(lowest_mv, cell->open_circuit_mv);
        room_ah = fmin(room_ah, usable_to_soc * cell->capacity_ah - cell->charge_ah);
        usable_ah = fmin(usable_ah, cell->charge_ah - usable_from_soc * cell->capacity_ah);
    }
    const double open_for_charge =
        (charge_ends_mv - highest_mv) / (charge_ends_mv - charge_tapers_mv);
    const double open_for_discharge =
        (lowest_mv - discharge_ends_mv) / (discharge_tapers_mv - discharge_ends_mv);
    double charge_limit_a = limit_a * clamp(open_for_charge, 0, 1);
    double discharge_limit_a = limit_a * clamp(open_for_discharge, 0, 1);
    if (step_h > 0) {
        charge_limit_a = fmin(charge_limit_a, fmax(room_ah, 0) / step_h);
        discharge_limit_a = fmin(discharge_limit_a, fmax(usable_ah, 0) / step_h);
    }
    return clamp(asked_a, -discharge_limit_a, charge_limit_a);
}

static bool is_balancing(const struct vb_model_pack *pack, uint8_t cell)
{
    return (pack->balancing[cell / 8] >> (cell % 8) & 1) != 0;
}

static void step_cells(struct vb_model_pack *pack, double step_h)
{
    for (uint8_t i = 0; i < pack->config.cell_count; i++) {
        struct vb_model_cell *cell = &pack->cells[i];
        const double bled_a = is_balancing(pack, i) ? balancing_a : 0;
        const double charge_ah = cell->charge_ah + (pack->current_a - bled_a) * step_h;
        cell->charge_ah = clamp(charge_ah, 0, cell->capacity_ah);
        cell->open_circuit_mv = open_circuit_at(cell->charge_ah / cell->capacity_ah);
    }
}

static void bleed(struct vb_model_pack *pack, unsigned cell)
{
    pack->balancing[cell / 8] |= (uint8_t)(1u << cell % 8);
}

/* Near the top, cells above the lowest are bled. Decided by open-circuit voltages, which do not
 * jump with the load. */
static void choose_balancing(struct vb_model_pack *pack)
{
    memset(pack->balancing, 0, sizeof pack->balancing);
    if (pack->config.balancing_cell > 0)
        bleed(pack, pack->config.balancing_cell - 1u);
    if (vb_model_pack_soc(pack) < balancing_from_soc)
        return;
    double sum_mv = 0; /* of the mean, so that one weak cell does not set all others bleeding */
    for (uint8_t i = 0; i < pack->config.cell_count; i++)
        sum_mv += pack->cells[i].open_circuit_mv;
    const double above_mv = sum_mv / pack->config.cell_count + balancing_above_mean_mv;
    for (uint8_t i = 0; i < pack->config.cell_count; i++) {
        if (pack->cells[i].open_circuit_mv > above_mv)
            bleed(pack, i);
    }
}

static void step_sensors(struct vb_model_pack *pack, double ambient_c, double step_s)
{
    const double loss_ohm =
        resistance_mohm * (1 + polarisation_share) * pack->config.cell_count / 1000;
    const double heat_w = loss_ohm * pack->current_a * pack->current_a;
    const double followed = 1 - exp(-step_s / heat_s);
    for (uint8_t i = 0; i < pack->config.temp_count; i++) {
        struct vb_model_sensor *sensor = &pack->sensors[i];
        const double ends_c = ambient_c + heat_w * heat_c_per_w * sensor->heat_share;
        sensor->celsius += (ends_c - sensor->celsius) * followed;
    }
}

void vb_model_pack_step(struct vb_model_pack *pack, double asked_a, double ambient_c, double step_s)
{
    VB_ASSERT(step_s >= 0 && isfinite(asked_a));
    const double step_h = step_s / 3600;
    pack->current_a = limited_current(pack, asked_a, step_h);
    pack->slow_current_a +=
        (pack->current_a - pack->slow_current_a) * (1 - exp(-step_s / polarisation_s));
    step_cells(pack, step_h);
    choose_balancing(pack);
    step_sensors(pack, ambient_c, step_s);
}

double vb_model_pack_soc(const struct vb_model_pack *pack)
{
    double charge_ah = 0;
    double whole_ah = 0;
    for (uint8_t i = 0; i < pack->config.cell_count; i++) {
        charge_ah += pack->cells[i].charge_ah;
        whole_ah += pack->cells[i].capacity_ah;
    }
    return clamp(charge_ah / whole_ah, 0, 1);
}

void vb_model_pack_sample(struct vb_model_pack *pack, struct vb_reading *reading)
{
    const double effective_a = pack->current_a + polarisation_share * pack->slow_current_a;
    double pack_mv = 0;
    reading->cell_count = pack->config.cell_count;
    for (uint8_t i = 0; i < reading->cell_count; i++) {
        const struct vb_model_cell *cell = &pack->cells[i];
        const double cell_mv = cell->open_circuit_mv + cell->resistance_mohm * effective_a;
        const double measured_mv = cell_mv + cell_noise_mv * gaussian(&pack->random);
        reading->cell_mv[i] = (uint16_t)lround(clamp(measured_mv, 1, VB_CELL_MV_MAX));
        pack_mv += cell_mv;
    }
    reading->temp_count = pack->config.temp_count;
    for (uint8_t i = 0; i < reading->temp_count; i++) {
        const struct vb_model_sensor *sensor = &pack->sensors[i];
        const double celsius =
            sensor->celsius + sensor->offset_c + temp_noise_c * gaussian(&pack->random);
        reading->temp_dc[i] = (int16_t)lround(clamp(celsius, -100, 200) * 10);
    }
    const double measured_a = pack->current_a + current_noise_a * gaussian(&pack->random);
    reading->pack_mv = (uint32_t)lround(pack_mv / 100) * 100;     /* a pack's meter shows 0.1 V */
    reading->current_ma = (int32_t)lround(measured_a * 10) * 100; /* and 0.1 A */
    reading->soc_permille = (uint16_t)lround(vb_model_pack_soc(pack) * 1000);
    memcpy(reading->balancing, pack->balancing, sizeof reading->balancing);
    reading->flags =
        VB_READING_TOGETHER | VB_READING_HAS_VOLTAGE | VB_READING_HAS_CURRENT | VB_READING_HAS_SOC;
}
