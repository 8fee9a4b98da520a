// One ticking clock for every age on the page. Monotonic, so that correcting the wall clock changes no age.

const TICK_MS = 200;

class Clock {
  /** Milliseconds, as performance.now() gives them. */
  now = $state(performance.now());

  constructor() {
    const tick = () => (this.now = performance.now());
    setInterval(tick, TICK_MS);
    document.addEventListener('visibilitychange', tick);
  }

  /** The current value of an age that the receiver gave at `receivedAt`. */
  age(seconds: number, receivedAt: number): number {
    return Math.max(0, seconds + (this.now - receivedAt) / 1000);
  }
}

export const clock = new Clock();
