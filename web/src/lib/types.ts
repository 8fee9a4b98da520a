// The types of the receiver's API, named from its contract in contract.ts, which is generated from
// GET /api/v1/openapi.json when the pages are built.
import type { components } from './contract';

type Types = components['schemas'];

// The pages treat all sections alike, so values are keyed by field name only.
export type SecretState = Types['Secret'];
export type Value = Types['Value'];
export type Values = Record<string, Value>;

/** What a PATCH carries: a secret is a string, or null to clear it. */
export type Change = number | boolean | string | number[] | null;
export type Changes = Record<string, Change>;
export type Reasons = Record<string, string>;

export type Link = Types['Link'];
export type Sync = Types['Sync'];
export type FieldType = Types['FieldType'];
export type FieldSchema = Types['FieldSchema'];
export type Rule = Types['Rule'];
export type SectionSchema = Types['SectionSchema'];
export type Schema = Types['Schema'];

export type ReceiverSection = Omit<Types['OwnSection'], 'values'> & { values: Values };
export type Receiver = Omit<Types['Receiver'], 'sections'> & {
  sections: Record<string, ReceiverSection>;
};
export type HistoryState = Types['HistoryStatus'];
export type Runtime = Types['Runtime'];
export type Board = Types['Board'];
export type Transmitter = Types['Transmitter'];
export type Section = Omit<Types['Section'], 'values'> & { values: Values | null };
export type Edit = Omit<Types['Edit'], 'yours' | 'theirs'> & {
  yours: Values;
  theirs: Values | null;
};
export type Reading = Types['CellUpdate'];

export type Level = Types['Level'];
export type PackEvent = Types['Event'];
export type EventPage = Types['EventList'];

export type Triple = Types['Triple'];
export type HistoryPoint = Types['HistoryPoint'];
export type HistoryAnswer = Types['History'];
export type EnergyDay = Types['EnergyDay'];
export type Energy = Types['Energy'];

export type WeakCell = Types['WeakCell'];
export type WeakCells = Types['WeakCells'];
export type Recording = Types['Recording'];

export type StateMessage =
  | Types['TransmitterMessage']
  | Types['EventMessage']
  | Types['EventsMissedMessage']
  | Types['ReadyMessage']
  | { type: 'receiver'; receiver: Receiver }
  | { type: 'section'; mac: string; section: Section }
  | { type: 'edit'; mac: string; edit: Edit };
