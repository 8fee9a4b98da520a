// The HTTP side of the receiver. Every refusal arrives as an ApiError with the receiver's own sentence.
import type { Changes, Edit, Reasons, Receiver, Schema, Section } from './types';

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

async function request<T>(method: string, path: string, etag?: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (etag !== undefined) headers['If-Match'] = etag;
  if (body !== undefined) headers['Content-Type'] = 'application/json';

  const response = await fetch(path, {
    method,
    headers,
    cache: 'no-store',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json().catch(() => null)) as Record<string, unknown> | null;
  if (response.ok && answer !== null) return answer as T;
  throw new ApiError(
    response.status,
    (answer?.['error'] as string | undefined) ?? `The receiver answered with status ${response.status}.`,
    (answer?.['reasons'] as Reasons | undefined) ?? {},
    (answer?.['current'] as Section | Receiver | undefined) ?? null,
  );
}

const transmitter = (mac: string) => `/api/v1/transmitters/${mac}`;

export const api = {
  schema: () => request<Schema>('GET', '/api/v1/schema'),
  receiver: () => request<Receiver>('GET', '/api/v1/receiver'),
  section: (mac: string, name: string) =>
    request<Section>('GET', `${transmitter(mac)}/sections/${name}`),
  edit: (mac: string, id: string) => request<Edit>('GET', `${transmitter(mac)}/edits/${id}`),
  changeSection: (mac: string, name: string, etag: string, changes: Changes) =>
    request<Edit>('PATCH', `${transmitter(mac)}/sections/${name}`, etag, changes),
  changeReceiver: (name: string, etag: string, changes: Changes) =>
    request<Receiver>('PATCH', '/api/v1/receiver', etag, { [name]: changes }),
};
