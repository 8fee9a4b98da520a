// Texts that more than one page shows.
import { duration, number, plural, quantity, UNKNOWN } from './format';
import type { Heard } from './live.svelte';
import type { Board, HistoryState, Receiver, Runtime, Section, Sync, Transmitter } from './types';

/** Why a runtime value is not known, or null where it is. */
export function runtimeUnknown(runtime: Runtime, receiverLost: boolean): string | null {
  if (receiverLost) return 'receiver not reachable';
  if (runtime.stale) return 'transmitter offline';
  if (!runtime.known) return 'no beacon heard yet';
  return null;
}

/** "192.168.1.221:1883 - connected" */
export function mqttStatus(runtime: Runtime, section: Section | undefined, receiverLost: boolean): string {
  const values = section?.values ?? {};
  const server = values['server'];
  const port = values['port'];
  const address = typeof server === 'string' && server !== '' ? `${server}:${String(port)}` : '';
  const with_ = (state: string, separator: string) => (address === '' ? state : address + separator + state);

  if (values['enabled'] === false) return 'off';
  const unknown = runtimeUnknown(runtime, receiverLost);
  if (unknown !== null) return with_(`(status unknown: ${unknown})`, ' ');
  if (runtime.mqtt_connected === null) return with_('(status unknown)', ' ');
  if (runtime.mqtt_connected) return with_('connected', ' - ');
  const why = runtime.mqtt_fault_text ?? null;
  return with_(why === null ? 'not connected' : `not connected: ${why}`, ' - ');
}

/** How a transmitter is in the network, and whether it should be and is not: none is needed but for MQTT. */
export function networkStatus(
  { ethernet_up: up, ip }: Pick<Runtime, 'ethernet_up' | 'ip'>,
  wantsMqtt: boolean,
): { value: string; trouble: boolean } {
  if (up === null) return { value: UNKNOWN, trouble: false };
  if (ip !== null) return { value: up ? 'Ethernet' : 'Wi-Fi', trouble: false };
  return { value: up ? 'Ethernet, no address yet' : 'none', trouble: wantsMqtt };
}

/** Why a board started: "the watchdog", "2 crashes in a row; a core dump lies in its flash". */
export function startStatus(board: Board | null): { value: string; note: string; trouble: boolean } {
  if (board?.start_text == null) return { value: UNKNOWN, note: 'only boards tell', trouble: false };
  const crashes = board.crashes ?? 0;
  const notes = [
    crashes > 1 ? `${number(crashes)} crashes in a row` : '',
    board.safe_mode ? 'safe mode: only radio and settings run' : '',
    board.core_dump ? 'a core dump lies in its flash' : '',
  ];
  return {
    value: board.start_text,
    note: notes.filter((note) => note !== '').join('; '),
    trouble: board.safe_mode || ['crash', 'watchdog', 'brownout'].includes(board.start ?? ''),
  };
}

/** Where a board's radio is: "channel 6", "found a receiver again after 2.4 s; 3 times since its start". */
export function radioStatus(board: Board | null): { value: string; note: string } {
  if (board?.channel == null) return { value: UNKNOWN, note: 'only boards that search for their channel tell' };
  const value = `channel ${board.channel}`;
  const times = board.recoveries ?? 0;
  if (times === 0) return { value, note: 'has had a receiver since its start' };
  const took = board.recovered_s === null ? 'weeks' : quantity(board.recovered_s, 's', 1);
  const often = times === 1 ? 'once' : plural(times, 'time');
  return { value, note: `found a receiver again after ${took}; ${often} since its start` };
}

/** Why an imbalance would not be among the open alarms; empty where it would. */
export function balanceNote({ balance, calm, calm_needed: needed }: Transmitter['alarms']): string {
  if (balance === 'ignored: switched off') return 'balance is not watched';
  return calm < needed ? `balance not judged yet: ${calm} of ${needed} calm sweeps` : '';
}

/** A transmitter's open alarms: "2 open", "worst: warning; 1 acknowledged". */
export function alarmsStatus(alarms: Transmitter['alarms'], silent: boolean): { value: string; note: string } {
  const seen = alarms.open - alarms.unacknowledged;
  const notes = [
    alarms.worst === null ? '' : `worst: ${alarms.worst}`,
    seen === 0 ? '' : `${seen} acknowledged`,
    balanceNote(alarms),
    silent ? 'as last known' : '',
  ];
  return {
    value: alarms.open === 0 ? 'none open' : `${alarms.open} open`,
    note: notes.filter((note) => note !== '').join('; '),
  };
}

const SYNC_WORDS: Record<Sync, string> = {
  verified: 'Verified',
  fetching: 'Fetching newer settings',
  stale: 'Cached',
  unverifiable: 'Cannot be verified: the digests differ',
  unknown: 'Not received yet',
};

export const syncWord = (sync: Sync): string => SYNC_WORDS[sync];

/** While the receiver is lost, nothing counts as verified. */
export const knownSync = (sync: Sync, receiverLost: boolean): Sync =>
  receiverLost && (sync === 'verified' || sync === 'fetching') ? 'stale' : sync;

/** "Verified 3 s ago"; content that is no longer verified says when it last was. */
export function syncText(sync: Sync, ageS: number | null): string {
  const word = syncWord(sync);
  if (sync === 'unknown') return word;
  if (ageS === null) return sync === 'stale' ? `${word}, not verified since the receiver started` : word;
  return sync === 'verified' ? `${word} ${duration(ageS)} ago` : `${word}, last verified ${duration(ageS)} ago`;
}

/** Seconds until the next beacon, or since it was due if it is late. */
export function nextBeacon(
  transmitter: Heard<Transmitter> | null,
  waitingSince: number,
  now: number,
): { late: boolean; seconds: number } {
  const BEACON_PERIOD_S = 15;
  const told = transmitter?.data.next_beacon_s ?? null;
  const [from, at] = transmitter !== null && told !== null ? [told, transmitter.at] : [BEACON_PERIOD_S, waitingSince];
  const left = from - (now - at) / 1000;
  return { late: left < 0, seconds: Math.abs(left) };
}

/**
 * Whether the transmitter's firmware lacks a section that has not been received. The receiver only knows how many it
 * lacks, so this is true only where all sections not received are lacking.
 */
export function isLacking(transmitter: Transmitter, name: string): boolean {
  const notHeld = transmitter.sections.filter((section) => section.sync === 'unknown');
  const { missing_sections: lacking } = transmitter.compatibility;
  return lacking > 0 && lacking === notHeld.length && notHeld.some((section) => section.name === name);
}

/** Why nothing is being recorded now; empty while all is well. */
export function historyText(history: HistoryState | null): string {
  if (history === null)
    return 'This receiver keeps no history. A small board has no room for one; any other says why in its log.';
  const reason = history.reason ?? '';
  switch (history.state) {
    case 'recording':
      return '';
    case 'waiting':
      return "The history is waiting for the receiver's clock to be set; nothing can be recorded until then.";
    case 'starting':
      return 'The history is being opened and checked; it appears here once that is done.';
    case 'paused':
      return `The history is paused and resumes by itself. ${reason}`;
    case 'off':
      return reason === '' ? 'The history is switched off: nothing is recorded.' : `The history is off. ${reason}`;
  }
}

/** What a history in memory leaves out; empty for one that lasts. */
export function historyKeeps(history: HistoryState | null): string {
  if (history === null || history.lasting) return '';
  const days = Math.round((history.longest_s ?? 0) / 86_400);
  const back = days === 0 ? 'the newest readings' : days === 1 ? 'the last day' : `the last ${number(days)} days`;
  return `This receiver keeps ${back} in memory${history.by_cell ? '' : ', not cell by cell'}; a restart clears them.`;
}

/** What the settings of the history do not do at this receiver; empty where they act. */
export function historyActs(history: HistoryState | null): string {
  if (history === null) return historyText(null);
  return history.lasting ? '' : `Of these, only "Keep a history" acts here. ${historyKeeps(history)}`;
}

const WRITE_INTERVAL_USUAL_S = 60;
const GATHERING_S = 12;

/** The longest delay from a reading to the history, in seconds; none into memory. */
export function historyDelay(receiver: Receiver | undefined): number {
  if (receiver?.history?.lasting === false) return 0;
  const values = receiver?.sections['history']?.values;
  const interval = values?.['write_interval_s'];
  return (typeof interval === 'number' ? interval : WRITE_INTERVAL_USUAL_S) + GATHERING_S;
}

export const yesNo = (value: boolean | null, yes: string, no: string): string =>
  value === null ? UNKNOWN : value ? yes : no;
