// The receiver's API, as docs/api.md gives it.

export type Link = 'Connected' | 'Degraded' | 'Offline';
export type Sync = 'unknown' | 'unverifiable' | 'stale' | 'fetching' | 'verified';

export interface SecretState {
  set: boolean;
}
export type Value = number | boolean | string | number[] | SecretState;
export type Values = Record<string, Value>;

/** What a PATCH carries: a secret is a string, or null to clear it. */
export type Change = number | boolean | string | number[] | null;
export type Changes = Record<string, Change>;
export type Reasons = Record<string, string>;

export type FieldType =
  | 'unsigned'
  | 'signed'
  | 'boolean'
  | 'enum'
  | 'string'
  | 'secret'
  | 'ipv4'
  | 'array';

export interface FieldSchema {
  name: string;
  tag: number;
  title: string;
  type: FieldType;
  min?: number;
  max?: number;
  count_max?: number;
  values?: string[];
  default?: Value | null;
  unit: string;
  decimals: number;
  doc: string;
  acts: string | null;
  read_only: boolean;
  since: string;
}

export interface Rule {
  kind: 'less' | 'requires';
  field: string;
  other: string;
  value?: Value;
  doc: string;
}

export interface SectionSchema {
  name: string;
  id: number;
  title: string;
  owner: 'transmitter' | 'receiver';
  doc: string;
  rules: Rule[];
  fields: FieldSchema[];
}

export interface Schema {
  revision: string;
  protocol: number;
  sections: SectionSchema[];
}

export interface ReceiverSection {
  name: string;
  version: number;
  values: Values;
}

export interface Receiver {
  name: string;
  mac: string;
  ip: string;
  firmware: string;
  build_time: string;
  git_commit: string;
  uptime_s: number;
  etag: string;
  secrets_editable: boolean;
  secrets_blocked_reason: string | null;
  store: { writes: number; failed: number; persistent: boolean; recovered: string | null };
  /** null where it keeps none. */
  history: HistoryState | null;
  refused_frames: number;
  sections: Record<string, ReceiverSection>;
}

export interface HistoryState {
  state: 'recording' | 'paused' | 'off' | 'starting';
  reason: string | null;
  recovered: string | null;
  readings_missed: number;
  points_missed: number;
  bytes: number;
}

export interface Runtime {
  known: boolean;
  stale: boolean;
  mqtt_connected: boolean | null;
  ethernet_up: boolean | null;
  source_ok: boolean | null;
  streaming: boolean | null;
  ip: string | null;
  uptime_s: number | null;
}

export interface Transmitter {
  mac: string;
  name: string;
  link: Link;
  seconds_since_beacon: number | null;
  seconds_since_frame: number | null;
  next_beacon_s: number | null;
  runtime: Runtime;
  firmware: {
    version: string | null;
    build_time: string | null;
    git_commit: string | null;
    device_type: string | null;
    environment: string | null;
    board: string | null;
  };
  store: string | null;
  epoch: number | null;
  sync: Sync;
  editable: boolean;
  edit_blocked_reason: string | null;
  compatibility: {
    complete: boolean;
    unknown_sections: number;
    unknown_fields: number;
    unknown_values: number;
    missing_sections: number;
    missing_fields: number;
    message: string | null;
  };
  quality: {
    beacons: number;
    beacons_lost: number;
    readings: number;
    readings_lost: number;
    refused: number;
    reboots: number;
  };
  sections: { name: string; version: number; sync: Sync; age_s: number | null }[];
}

export interface Section {
  name: string;
  version: number;
  values: Values | null;
  sync: Sync;
  age_s: number | null;
  etag: string;
  unknown_fields: number;
  unknown_values: string[];
}

export interface Edit {
  id: string;
  section: string;
  state: 'pending' | 'confirmed' | 'refused' | 'conflict' | 'timed_out';
  version: number | null;
  message: string;
  yours: Values | null;
  theirs: Values | null;
  reasons: Reasons;
}

export interface Reading {
  type: 'cell_update';
  mac: string;
  epoch: number;
  sequence: number;
  timestamp: number | null;
  age_s: number;
  together: boolean;
  available: boolean;
  cells: (number | null)[];
  min: number | null;
  max: number | null;
  avg: number | null;
  delta: number | null;
  min_index: number | null;
  max_index: number | null;
  balancing: number[];
  temps: (number | null)[];
  pack_voltage_v: number | null;
  current_a: number | null;
  soc_pct: number | null;
  interval_s: number | null;
}

export type Level = 'info' | 'warning' | 'alert';

/** An alarm, or a change of state: then begin and end are one moment. */
export interface PackEvent {
  id: number;
  type: 'alarm' | 'state';
  /** null where it is the receiver's own. */
  mac: string | null;
  kind: string;
  level: Level;
  /** From 1. */
  cell: number | null;
  begin: string;
  /** null while open. */
  end: string | null;
  duration_s: number;
  value: number | null;
  threshold: number | null;
  unit: string | null;
  text: string;
  acknowledged: string | null;
  /** Where the black box of it is downloaded. */
  recording: string | null;
}

/** Newest first; `next` goes into `before` for the older ones. */
export interface EventPage {
  events: PackEvent[];
  next: number | null;
}

/** Lowest, mean and highest of the time a point stands for. */
export type Triple = [number, number, number];

export interface HistoryPoint {
  /** UTC seconds of its begin. */
  at: number;
  readings: number;
  pack_v: Triple | null;
  current_a: Triple | null;
  soc_percent: Triple | null;
  temperatures_c: (Triple | null)[];
  /** From the lowest of all cells to the highest, whichever cells_mv holds. */
  all_cells_mv: Triple | null;
  cells_mv: (Triple | null)[];
}

export interface HistoryAnswer {
  mac: string;
  from: number;
  to: number;
  resolution_s: number;
  time_zone: string;
  /** Which cells `cells_mv` holds, from 0. */
  cells: number[];
  points: HistoryPoint[];
}

export interface EnergyDay {
  day: string;
  in_kwh: number;
  out_kwh: number;
}

export interface Energy {
  mac: string;
  time_zone: string;
  days: EnergyDay[];
}

export interface WeakCell {
  index: number;
  number: number;
  deviation_rest_mv: number | null;
  deviation_load_mv: number | null;
  resistance_mohm: number | null;
  resistance_uncertainty_mohm: number | null;
  resistance_steps: number;
  balancing_hours: number;
  /** 1 is the weakest; null while nothing is known. */
  rank: number | null;
}

export interface WeakCells {
  mac: string;
  since: string | null;
  cells: WeakCell[];
  /** Numbers from 1, the weakest first. */
  weakest: number[];
}

/** A file that an alarm's black box or a wish has made. */
export interface Recording {
  name: string;
  state: 'under_way' | 'complete' | 'cut';
  mac: string | null;
  begin: string | null;
  end: string | null;
  bytes: number;
  reason: string;
}

export type StateMessage =
  | { type: 'receiver'; receiver: Receiver }
  | { type: 'transmitter'; transmitter: Transmitter }
  | { type: 'section'; mac: string; section: Section }
  | { type: 'edit'; mac: string; edit: Edit }
  | { type: 'event'; event: PackEvent }
  | { type: 'events_missed' }
  | { type: 'ready' };
