// The core and the three designs it replaces (A13), in virtual time on the same simulated air: latency and bytes of a
// change, traffic at rest and at reboots, false verdicts. From one seed, so two runs print the same.
// Environment: VB_BENCH_CHANGES (2000) of each design at each loss, VB_BENCH_SEED (1).
import { spawnSync } from 'node:child_process';

const changes = process.env.VB_BENCH_CHANGES ?? '2000';
const seed = process.env.VB_BENCH_SEED ?? '1';

const { status, error } = spawnSync(process.env.VOLTBEACON_COMPARE, ['--seed', seed, '--changes', changes], {
  stdio: 'inherit',
});
if (error) throw error;
process.exitCode = status ?? 1;
