/** The wide recordings of tests/fixtures, parsed independently: what /ws/cells must send for each row. */
import { readFileSync } from 'node:fs'

const number = (text) => (text === '' ? null : Number(text))
const orNull = (value) => (value === 0 ? null : value)

function statistics(cells) {
  const available = cells.filter((cell) => cell !== null)
  const min = Math.min(...available)
  const max = Math.max(...available)
  const sum = available.reduce((total, cell) => total + cell, 0)
  return {
    min,
    max,
    avg: Number((sum / available.length).toFixed(1)),
    delta: max - min,
    min_index: cells.indexOf(min),
    max_index: cells.indexOf(max),
  }
}

function expectRow(text, cellCount) {
  const [, packVoltage, discharge, soc, ...values] = text.split(',').map(number)
  const cells = values.slice(0, cellCount).map(orNull) // 0 mV: not measured
  return {
    cells,
    expected: {
      ...statistics(cells),
      temps: values.slice(cellCount).map((temp) => (temp === null ? null : Number(temp.toFixed(1)))),
      pack_voltage_v: orNull(packVoltage), // 0 V: a glitch of the recorder
      current_a: discharge === null ? null : 0 - discharge, // ours charges the battery
      soc_pct: soc,
    },
  }
}

/** All rows except the header. */
export function readWideRecording(file) {
  const [header, ...rows] = readFileSync(file, 'ascii').trimEnd().split('\n')
  const cellCount = header.split(',').filter((column) => /^c\d+_mv$/.test(column)).length
  return rows.map((row) => expectRow(row, cellCount))
}
