#include "sources/model_load.h"

#include <math.h>
#include <stddef.h>

#include "voltbeacon/core/platform.h"

/* Random steps are frequent enough to be seen within a minute, rare enough to be told apart. */
enum { STEP_MIN_MS = 5000, STEP_MAX_MS = 20000 };

/* The figures below are choices, sized for the pack of model_pack.c so that a day of the house
 * fills and empties it, and two to three hours of driving empty it. */
static const double sun_rises_h = 7;
static const double sun_sets_h = 18;
static const double sun_noon_a = 60;
static const double house_base_a = 2;
static const double house_evening_a = 20;
static const double evening_begins_h = 17;
static const double evening_ends_h = 23;
static const double appliance_max_a = 8;

static const double plug_in_soc = 0.15;
static const double plug_out_soc = 0.92;
static const double charger_a = 75;

/* In turn, by the source's clock. Equal, so that the charge stays the same. */
enum { STEPS_MS = 20000 };
static const double steps_a[] = {0, -60, 0, 60};

struct manoeuvre {
    uint32_t percent; /* how often */
    double low_a;
    double high_a;
};

static const struct manoeuvre manoeuvres[] = {
    {20, -1, -1},    /* standing */
    {40, -60, -20},  /* cruising */
    {25, -140, -80}, /* accelerating */
    {15, 20, 70},    /* regenerating */
};

void vb_model_load_init(struct vb_model_load *load, enum vb_model_profile profile, uint64_t seed)
{
    *load = (struct vb_model_load){.profile = profile};
    vb_random_seed(&load->random, seed);
}

static double between(struct vb_random *random, double low, double high)
{
    return low + (high - low) * vb_random_between(random, 0, 1000) / 1000;
}

static double pick_manoeuvre(struct vb_random *random)
{
    uint32_t dice = vb_random_between(random, 0, 99);
    for (size_t i = 0; i < VB_COUNT_OF(manoeuvres); i++) {
        if (dice < manoeuvres[i].percent)
            return between(random, manoeuvres[i].low_a, manoeuvres[i].high_a);
        dice -= manoeuvres[i].percent;
    }
    return 0;
}

static void change(struct vb_model_load *load, uint64_t at_ms)
{
    load->changes_at_ms = at_ms + vb_random_between(&load->random, STEP_MIN_MS, STEP_MAX_MS);
    load->cloud = between(&load->random, 0.3, 1);
    load->appliance_a = between(&load->random, 0, appliance_max_a);
    load->pedal_a = pick_manoeuvre(&load->random);
}

static double house_current(const struct vb_model_load *load, double hour)
{
    const double daylight = (hour - sun_rises_h) / (sun_sets_h - sun_rises_h);
    const bool day = daylight > 0 && daylight < 1;
    const bool evening = hour >= evening_begins_h && hour < evening_ends_h;
    const double sun_a = day ? sun_noon_a * sin(M_PI * daylight) * load->cloud : 0;
    return sun_a - house_base_a - load->appliance_a - (evening ? house_evening_a : 0);
}

static double drive_current(struct vb_model_load *load, double soc)
{
    if (soc < plug_in_soc)
        load->plugged = true;
    if (soc > plug_out_soc)
        load->plugged = false;
    return load->plugged ? charger_a : load->pedal_a;
}

double vb_model_load_current(struct vb_model_load *load, uint64_t at_ms, double day_s, double soc)
{
    if (at_ms >= load->changes_at_ms)
        change(load, at_ms);
    double current_a = 0;
    switch (load->profile) {
    case VB_MODEL_HOUSE:
        current_a = house_current(load, day_s / 3600);
        break;
    case VB_MODEL_DRIVE:
        current_a = drive_current(load, soc);
        break;
    case VB_MODEL_STEPS:
        current_a = steps_a[at_ms / STEPS_MS % VB_COUNT_OF(steps_a)];
        break;
    }
    return current_a;
}

/* 15 degC on average, coldest at 3 and warmest at 15 o'clock. */
double vb_model_ambient(double day_s)
{
    return 15 - 6 * cos(2 * M_PI * (day_s / 3600 - 3) / 24);
}
