// What a bench's program prints: a JSON object a line.
import { spawnSync } from 'node:child_process';

export function rowsOf(program) {
  const { status, stdout } = spawnSync(program, [], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} did not run`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
