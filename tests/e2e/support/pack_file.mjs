/** Made-up recordings of a small pack at rest, in the wide layout. */
import { writeFileSync } from 'node:fs'

export const PACK_CELLS = 16

/** Ten rows a second; spoil(cells, row) changes the cells of a row, which then need not be numbers. The pack voltage is
 *  that of the unchanged cells. */
export function writePack(path, { seconds = 60, cells: count = PACK_CELLS, spoil = () => {} } = {}) {
  const names = Array.from({ length: count }, (_, cell) => `c${String(cell + 1).padStart(2, '0')}_mv`)
  const rows = Array.from({ length: seconds * 10 }, (_, row) => {
    const cells = Array.from({ length: count }, (_, cell) => 3800 + ((row + cell) % 3))
    const packV = cells.reduce((sum, mv) => sum + mv, 0) / 1000
    spoil(cells, row)
    return [(row / 10).toFixed(1), packV.toFixed(3), 0.5, 50, ...cells, 20].join(',')
  })
  writeFileSync(path, [['t_s', 'pack_v', 'pack_a', 'soc_pct', ...names, 't01_c'].join(','), ...rows, ''].join('\n'))
  return `csv:${path}`
}
