// The drafts of all sections, kept while the page is open.
import { Draft, type Content } from './draft.svelte';
import { live } from './live.svelte';
import { preferences } from './preferences.svelte';
import { saveToReceiver, saveToTransmitter } from './saving';
import type { SectionSchema } from './types';

const drafts = new Map<string, Draft>();
const temperatures = () => preferences.temperatureUnit;

/** A draft belongs to no component, so its derived values need an effect root of their own. */
function draftFor(key: string, make: () => Draft): Draft {
  const known = drafts.get(key);
  if (known !== undefined) return known;
  $effect.root(() => {
    drafts.set(key, make());
  });
  return drafts.get(key)!;
}

function contentOfTransmitter(mac: string, name: string): Content | null {
  const section = live.section(mac, name)?.data;
  if (!section || section.values === null) return null;
  return { etag: section.etag, version: section.version, values: section.values };
}

function contentOfReceiver(name: string): Content | null {
  const receiver = live.receiver?.data;
  const section = receiver?.sections[name];
  if (!receiver || !section) return null;
  return { etag: receiver.etag, version: section.version, values: section.values };
}

export function transmitterDraft(mac: string, schema: SectionSchema): Draft {
  const { name } = schema;
  return draftFor(
    `${live.schema?.revision}/${mac}/${name}`,
    () => new Draft(schema, () => contentOfTransmitter(mac, name), saveToTransmitter(mac, name), temperatures),
  );
}

export function receiverDraft(schema: SectionSchema): Draft {
  const { name } = schema;
  return draftFor(
    `${live.schema?.revision}/receiver/${name}`,
    () => new Draft(schema, () => contentOfReceiver(name), saveToReceiver(name), temperatures),
  );
}

/** Asks for confirmation before the page is closed with unsaved changes. */
export function guardUnsaved(): void {
  addEventListener('beforeunload', (event) => {
    if ([...drafts.values()].some((draft) => draft.dirty)) event.preventDefault();
  });
}
