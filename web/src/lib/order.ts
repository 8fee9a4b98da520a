// The order in which transmitters are listed: the one that needs attention most comes first.
import type { Transmitter } from './types';

const ALARM_RANK = { alert: 0, warning: 1, info: 2 } as const;
const LINK_RANK = { Offline: 0, Degraded: 1, Connected: 2 } as const;
const SYNC_RANK = { unknown: 0, unverifiable: 1, stale: 2, fetching: 3, verified: 4 } as const;
const NO_ALARM = 3;

const alarmRank = ({ alarms }: Transmitter) => (alarms.worst === null ? NO_ALARM : ALARM_RANK[alarms.worst]);

/** Worst first: by worst open alarm, then by link, then by how well the settings are known, then by name, and by address
 *  where names are equal. */
export const worstFirst = (a: Transmitter, b: Transmitter): number =>
  alarmRank(a) - alarmRank(b) ||
  LINK_RANK[a.link] - LINK_RANK[b.link] ||
  SYNC_RANK[a.sync] - SYNC_RANK[b.sync] ||
  a.name.localeCompare(b.name, undefined, { numeric: true }) ||
  (a.mac < b.mac ? -1 : 1);
