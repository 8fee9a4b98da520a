// The receiver's HTTP API. Every refusal is thrown as an ApiError with the receiver's own message.
import type {
  Changes,
  Edit,
  Energy,
  EventPage,
  HistoryAnswer,
  PackEvent,
  Reasons,
  Receiver,
  Recording,
  Schema,
  Section,
  WeakCells,
} from './types';

const TIMEOUT_MS = 8000;

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly reasons: Reasons = {},
    readonly current: Section | Receiver | null = null,
  ) {
    super(message);
  }
}

/** Null if it is no JSON. An answer that does not arrive whole, or not in time, is none: that is thrown. */
async function readAnswer(response: Response): Promise<Record<string, unknown> | null> {
  try {
    return (await response.json()) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

async function request<T>(
  method: string,
  path: string,
  etag?: string,
  body?: unknown,
  timeoutMs = TIMEOUT_MS,
): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (etag !== undefined) headers['If-Match'] = etag;
  if (body !== undefined) headers['Content-Type'] = 'application/json';

  const response = await fetch(path, {
    method,
    headers,
    cache: 'no-store',
    signal: AbortSignal.timeout(timeoutMs),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await readAnswer(response);
  if (response.ok && answer !== null) return answer as T;
  throw new ApiError(
    response.status,
    (answer?.['error'] as string | undefined) ?? `The receiver answered with status ${response.status}.`,
    (answer?.['reasons'] as Reasons | undefined) ?? {},
    (answer?.['current'] as Section | Receiver | undefined) ?? null,
  );
}

const transmitter = (mac: string) => `/api/v1/transmitters/${mac}`;

/** Undefined and empty values are left out. */
export type Query = Record<string, string | number | undefined>;

function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [[key, String(value)]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
}

/** For the page's own request and for the link that downloads the same data as CSV. */
export const historyPath = (mac: string, query: Query) => withQuery(`${transmitter(mac)}/history`, query);

export const api = {
  schema: () => request<Schema>('GET', '/api/v1/schema'),
  receiver: (timeoutMs?: number) => request<Receiver>('GET', '/api/v1/receiver', undefined, undefined, timeoutMs),
  section: (mac: string, name: string) => request<Section>('GET', `${transmitter(mac)}/sections/${name}`),
  edit: (mac: string, id: string) => request<Edit>('GET', `${transmitter(mac)}/edits/${id}`),
  changeSection: (mac: string, name: string, etag: string, changes: Changes) =>
    request<Edit>('PATCH', `${transmitter(mac)}/sections/${name}`, etag, changes),
  changeReceiver: (name: string, etag: string, changes: Changes) =>
    request<Receiver>('PATCH', '/api/v1/receiver', etag, { [name]: changes }),
  events: (query: Query) => request<EventPage>('GET', withQuery('/api/v1/events', query)),
  acknowledge: (id: number) => request<PackEvent>('POST', `/api/v1/events/${id}/acknowledge`, undefined, {}),
  history: (mac: string, query: Query) => request<HistoryAnswer>('GET', historyPath(mac, query)),
  energy: (mac: string, query: Query) => request<Energy>('GET', withQuery(`${transmitter(mac)}/energy`, query)),
  recordings: () => request<{ recordings: Recording[] }>('GET', '/api/v1/recordings'),
  record: (mac: string, seconds: number) =>
    request<Recording>('POST', '/api/v1/recordings', undefined, { mac, seconds }),
  place: (mac: string, what: 'forget' | 'unforget') =>
    request<Receiver['places']>('POST', `${transmitter(mac)}/${what}`, undefined, {}),
  weakCells: (mac: string) => request<WeakCells>('GET', `${transmitter(mac)}/weak-cells`),
};
