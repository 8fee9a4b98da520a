// One answer of the receiver that a page shows. It is requested again whenever what is wanted changes; the newest request
// wins, and the previous answer stays until then.

export class Loaded<T> {
  value = $state.raw<T | null>(null);
  loading = $state(false);
  /** The receiver's message when it could not answer. */
  fault = $state('');
  /** Counts the answers. */
  revision = $state(0);
  #asked = 0;

  async ask(request: () => Promise<T>): Promise<void> {
    const asked = ++this.#asked;
    this.loading = true;
    try {
      const value = await request();
      if (asked !== this.#asked) return;
      this.value = value;
      this.fault = '';
      this.revision++;
    } catch (error) {
      if (asked !== this.#asked) return;
      this.fault = error instanceof Error ? error.message : 'The receiver did not answer.';
    }
    this.loading = false;
  }

  /** Forgets the answer, and any request under way. */
  clear(): void {
    this.#asked++;
    this.value = null;
    this.fault = '';
    this.loading = false;
  }
}
