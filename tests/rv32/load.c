/* The work of a receiver device on rv32, for size.py: instructions in a second in which it hears
 * four transmitters ten times, with alarms and weak cells; the simulated world around it is not
 * counted. */
#include <stdio.h>

#include "world/world.h"

enum { TRANSMITTERS = 4, CELLS = 96, INTERVAL_MS = 100, SETTLED_MS = 60000, SECONDS = 20 };

static uint64_t spent;

/* QEMU counts them exactly where it is run with -icount. */
static uint32_t instructions(void)
{
    uint32_t count;
    __asm__ volatile("csrr %0, minstret" : "=r"(count));
    return count;
}

/* ---- Called by the world in place of the device ---- */

enum vb_err __real_vb_receiver_device_input(struct vb_receiver_device *device,
                                            const struct vb_clock *clock,
                                            const struct vb_link_frame *frame);
enum vb_err __wrap_vb_receiver_device_input(struct vb_receiver_device *device,
                                            const struct vb_clock *clock,
                                            const struct vb_link_frame *frame);
enum vb_err __wrap_vb_receiver_device_input(struct vb_receiver_device *device,
                                            const struct vb_clock *clock,
                                            const struct vb_link_frame *frame)
{
    const uint32_t begin = instructions();
    const enum vb_err err = __real_vb_receiver_device_input(device, clock, frame);
    spent += instructions() - begin;
    return err;
}

void __real_vb_receiver_device_tick(struct vb_receiver_device *device,
                                    const struct vb_clock *clock);
void __wrap_vb_receiver_device_tick(struct vb_receiver_device *device,
                                    const struct vb_clock *clock);
void __wrap_vb_receiver_device_tick(struct vb_receiver_device *device, const struct vb_clock *clock)
{
    const uint32_t begin = instructions();
    __real_vb_receiver_device_tick(device, clock);
    spent += instructions() - begin;
}

void __real_vb_receiver_device_output(struct vb_receiver_device *device,
                                      const struct vb_clock *clock);
void __wrap_vb_receiver_device_output(struct vb_receiver_device *device,
                                      const struct vb_clock *clock);
void __wrap_vb_receiver_device_output(struct vb_receiver_device *device,
                                      const struct vb_clock *clock)
{
    const uint32_t begin = instructions();
    __real_vb_receiver_device_output(device, clock);
    spent += instructions() - begin;
}

uint32_t __real_vb_receiver_device_wakeup_ms(const struct vb_receiver_device *device,
                                             const struct vb_clock *clock);
uint32_t __wrap_vb_receiver_device_wakeup_ms(const struct vb_receiver_device *device,
                                             const struct vb_clock *clock);
uint32_t __wrap_vb_receiver_device_wakeup_ms(const struct vb_receiver_device *device,
                                             const struct vb_clock *clock)
{
    const uint32_t begin = instructions();
    const uint32_t wait_ms = __real_vb_receiver_device_wakeup_ms(device, clock);
    spent += instructions() - begin;
    return wait_ms;
}

/* ---- The world ---- */

static struct vb_world world;

static uint32_t readings_heard(void)
{
    uint32_t count = 0;
    for (uint8_t i = 0; i < TRANSMITTERS; i++) {
        const struct vb_peer *peer = vb_world_peer(&world, TRANSMITTERS, i);
        VB_ASSERT(peer != NULL);
        count += peer->quality.readings;
    }
    return count;
}

int main(void)
{
    vb_world_init(&world, 1, TRANSMITTERS, 1);
    struct vb_receiver_sizes *sizes = &world.nodes[TRANSMITTERS].receiver.sizes;
    sizes->peers = TRANSMITTERS;
    sizes->box_readings = 0; /* no recordings on such a board */
    for (uint8_t i = 0; i < world.node_count; i++)
        vb_world_power_on(&world, i);
    for (uint8_t i = 0; i < TRANSMITTERS; i++) {
        world.nodes[i].transmitter.quiet = true;
        world.nodes[i].transmitter.reading_cells = CELLS;
        vb_world_stream(&world, i, INTERVAL_MS);
    }
    vb_world_run(&world, SETTLED_MS);
    const uint32_t before = readings_heard();
    spent = 0;
    vb_world_run(&world, SECONDS * 1000);
    const uint32_t heard = readings_heard() - before;
    const uint32_t sent = TRANSMITTERS * SECONDS * 1000 / INTERVAL_MS;
    VB_ASSERT(heard >= sent - TRANSMITTERS && heard <= sent + TRANSMITTERS);
    printf("receiver device, 4 at 10 Hz, instructions a second=%lu\n",
           (unsigned long)(spent / SECONDS));
    return 0;
}
