// A WebSocket that reconnects by itself: after 0.5 s, then doubling up to 5 s.
//
//   connecting -> open -> lost -> open
//        \________________/^ \_/ (tries again)

const RETRY_FIRST_MS = 500;
const RETRY_LAST_MS = 5000;
const CONNECT_TIMEOUT_MS = 5000;

export class LiveSocket {
  state = $state<'connecting' | 'open' | 'lost'>('connecting');
  /** When the next attempt starts, on the clock's scale; null while one is under way. */
  retryAt = $state<number | null>(null);
  lastHeardAt = performance.now();

  #socket: WebSocket | null = null;
  #delay = RETRY_FIRST_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly path: string,
    private readonly onMessage: (message: unknown) => void,
    private readonly onOpen: () => void = () => {},
  ) {}

  connect(): void {
    clearTimeout(this.#timer);
    this.retryAt = null;
    const url = new URL(this.path, location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    this.#socket = socket;
    this.#timer = setTimeout(() => this.drop(), CONNECT_TIMEOUT_MS);

    socket.onopen = () => {
      clearTimeout(this.#timer);
      this.lastHeardAt = performance.now();
      this.onOpen();
      this.state = 'open';
    };
    socket.onmessage = (event: MessageEvent<string>) => {
      this.lastHeardAt = performance.now();
      this.#delay = RETRY_FIRST_MS;
      this.onMessage(JSON.parse(event.data));
    };
    socket.onclose = () => this.drop();
  }

  /** Gives up this connection and schedules the next one. */
  drop(): void {
    const socket = this.#socket;
    if (socket === null) return;
    this.#socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    clearTimeout(this.#timer);
    this.state = 'lost';
    this.retryAt = performance.now() + this.#delay;
    this.#timer = setTimeout(() => this.connect(), this.#delay);
    this.#delay = Math.min(this.#delay * 2, RETRY_LAST_MS);
  }

  /** Reconnects now instead of waiting for the planned attempt. */
  retryNow(): void {
    if (this.state === 'lost' && this.retryAt !== null) this.connect();
  }
}
