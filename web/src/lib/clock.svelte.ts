// One ticking clock for every age on the page. Monotonic, so that a corrected wall clock moves no age.

const TICK_MS = 200;

class Clock {
  /** Milliseconds, as performance.now() gives them. */
  now = $state(performance.now());

  constructor() {
    const tick = () => (this.now = performance.now());
    setInterval(tick, TICK_MS);
    document.addEventListener('visibilitychange', tick);
  }

  /** An age given by the receiver at `receivedAt`, as it is now. */
  age(seconds: number, receivedAt: number): number {
    return Math.max(0, seconds + (this.now - receivedAt) / 1000);
  }
}

export const clock = new Clock();
