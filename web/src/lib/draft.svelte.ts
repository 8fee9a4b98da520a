// What the user has typed into one section and not saved yet. It survives a change of page and every push: a push
// changes the values underneath, never what was typed.
//
//   idle -> saving -> saved
//             |-> refused | conflict | timed_out (-> saved, if the answer comes late)
import {
  brokenRules,
  inputOf,
  isChanged,
  parse,
  sameValue,
  shownAs,
  type Input,
  type Parsed,
  type ShownField,
} from './fields';
import type { TemperatureUnit } from './format';
import type { Outcome, Send } from './saving';
import type { Changes, FieldSchema, Reasons, SectionSchema, Value, Values } from './types';

/** The section as the receiver holds it. */
export interface Content {
  etag: string;
  version: number;
  values: Values;
}

export type DraftState = 'idle' | 'saving' | 'saved' | 'refused' | 'conflict' | 'timed_out';

interface Typed {
  input: Input;
  /** The field as it was shown at the time: in another unit the same text would mean another value. */
  as: ShownField;
  /** Values of the field that the user has seen: the one typed over, and each one overruled since then. */
  seen: (Value | undefined)[];
}

export class Draft {
  state = $state<DraftState>('idle');
  message = $state('');
  savedVersion = $state<number | null>(null);

  #typed = $state.raw<Record<string, Typed>>({});
  #reasons = $state.raw<Reasons>({});
  /** The other side's values as the transmitter reported them; the cache may catch up later. */
  #reported = $state.raw<Values>({});
  /** A secret cannot be compared, so it is saved only onto the exact content it was typed for. */
  #secretEtag: string | null = null;

  readonly schema: SectionSchema;
  readonly #content: () => Content | null;
  readonly #send: Send;
  readonly #temperatures: () => TemperatureUnit;

  constructor(
    schema: SectionSchema,
    content: () => Content | null,
    send: Send,
    temperatures: () => TemperatureUnit = () => 'celsius',
  ) {
    this.schema = schema;
    this.#content = content;
    this.#send = send;
    this.#temperatures = temperatures;
  }

  /** The fields, in the units of the page. */
  readonly fields = $derived.by<ShownField[]>(() =>
    this.schema.fields.map((field) => shownAs(field, this.#temperatures())),
  );

  readonly #values = $derived.by<Values>(() => this.#content()?.values ?? {});

  readonly changedFields = $derived.by<ShownField[]>(() =>
    this.fields.filter((field) => {
      const typed = this.#typed[field.name];
      return typed !== undefined && isChanged(typed.as, typed.input, this.#values[field.name]);
    }),
  );

  readonly changes = $derived.by<Changes>(() => {
    const changes: Changes = {};
    for (const field of this.changedFields) {
      const parsed = this.#parsed(field);
      if (parsed.ok) changes[field.name] = parsed.value;
    }
    return changes;
  });

  readonly #ownReasons = $derived.by<Reasons>(() => {
    if (this.changedFields.length === 0) return {};
    const reasons = brokenRules(this.schema.rules, this.schema.fields, this.#values, this.changes);
    for (const field of this.changedFields) {
      const parsed = this.#parsed(field);
      if (!parsed.ok) reasons[field.name] = parsed.reason;
    }
    return reasons;
  });

  /** The other side's value of each field that changed while the user was typing. */
  readonly conflicts = $derived.by<Values>(() => {
    const conflicts: Values = {};
    for (const field of this.changedFields) {
      const name = field.name;
      const seen = this.#typed[name]?.seen ?? [];
      const theirs = this.#reported[name] ?? this.#values[name];
      const overruled = name in this.#reported ? false : seen.some((value) => sameValue(value, theirs));
      if (theirs !== undefined && !overruled && !sameValue(theirs, this.changes[name])) conflicts[name] = theirs;
    }
    return conflicts;
  });

  readonly dirty = $derived(this.changedFields.length > 0);
  readonly blocked = $derived(Object.keys(this.#ownReasons).length > 0 || Object.keys(this.conflicts).length > 0);
  readonly canSave = $derived(this.dirty && !this.blocked && this.state !== 'saving');

  input(field: ShownField): Input {
    const typed = this.#typed[field.name];
    if (typed === undefined) return inputOf(field, this.#values[field.name]);
    if (typed.as.unit === field.unit) return typed.input;
    const parsed = parse(typed.as, typed.input);
    return parsed.ok ? inputOf(field, parsed.value as Value) : typed.input;
  }

  #parsed(field: ShownField): Parsed {
    const typed = this.#typed[field.name];
    return typed === undefined ? parse(field, this.input(field)) : parse(typed.as, typed.input);
  }

  isChanged({ name }: FieldSchema): boolean {
    return this.changedFields.some((field) => field.name === name);
  }

  /** Why the field cannot be saved: this page's own check first, then the owner's reason. */
  reason(field: FieldSchema): string {
    return this.#ownReasons[field.name] ?? this.#reasons[field.name] ?? '';
  }

  type(field: ShownField, input: Input): void {
    const { name, type } = field;
    const seen = this.#typed[name]?.seen ?? [this.#values[name]];
    if (isChanged(field, input, this.#values[name]))
      this.#typed = { ...this.#typed, [name]: { input, as: field, seen } };
    else this.#forget(name);
    if (type === 'secret') this.#secretEtag ??= this.#content()?.etag ?? null;
    this.#reasons = without(this.#reasons, name);
    if (this.state !== 'saving') this.#enter('idle');
  }

  useMine(field: FieldSchema): void {
    const typed = this.#typed[field.name];
    const theirs = this.conflicts[field.name];
    if (typed === undefined || theirs === undefined) return;
    const seen = [...typed.seen, theirs, this.#values[field.name]];
    this.#typed = { ...this.#typed, [field.name]: { ...typed, seen } };
    this.#settleConflict(field);
  }

  useTheirs(field: FieldSchema): void {
    this.#forget(field.name);
    this.#settleConflict(field);
  }

  discard(): void {
    this.#typed = {};
    this.#reasons = {};
    this.#reported = {};
    this.#secretEtag = null;
    this.#enter('idle');
  }

  async save(): Promise<void> {
    const content = this.#content();
    if (!this.canSave || content === null) return;
    const sent = this.#typed;
    const changes = this.changes;
    const hasSecret = this.changedFields.some((field) => field.type === 'secret');
    const etag = (hasSecret ? this.#secretEtag : null) ?? content.etag;
    this.#reasons = {};
    this.#reported = {};
    this.#enter('saving');
    await this.#send(etag, changes, (outcome) => this.#hear(outcome, sent));
  }

  #hear(outcome: Outcome, sent: Record<string, Typed>): void {
    switch (outcome.state) {
      case 'pending':
        this.#enter('saving', outcome.message);
        break;
      case 'confirmed':
        this.#letGo(sent);
        this.savedVersion = outcome.version;
        this.#enter('saved');
        break;
      case 'refused':
        this.#reasons = outcome.reasons;
        this.#enter('refused', outcome.message);
        break;
      case 'conflict':
        this.#reported = outcome.theirs;
        this.#secretEtag = null;
        this.#enter('conflict', outcome.message);
        break;
      case 'timed_out':
        this.#enter('timed_out', outcome.message);
        break;
    }
  }

  #enter(state: DraftState, message = ''): void {
    this.state = state;
    this.message = message;
  }

  /** Keeps what was typed while saving. */
  #letGo(sent: Record<string, Typed>): void {
    const kept = Object.entries(this.#typed).filter(([name, typed]) => sent[name]?.input !== typed.input);
    this.#typed = Object.fromEntries(kept);
    this.#secretEtag = null;
  }

  #forget(name: string): void {
    this.#typed = without(this.#typed, name);
  }

  #settleConflict(field: FieldSchema): void {
    this.#reported = without(this.#reported, field.name);
    if (Object.keys(this.conflicts).length === 0) this.#enter('idle');
  }
}

function without<T>(record: Record<string, T>, name: string): Record<string, T> {
  const { [name]: _, ...rest } = record;
  return rest;
}
