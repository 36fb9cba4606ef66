/** Listeners that are called as soon as a queue may have work. */
export class WorkListeners {
  readonly #listeners = new Set<() => void>()

  /** Calls back at every announcement. Returns the function that unsubscribes. */
  add(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  announce(): void {
    // A listener may remove itself while it is called.
    for (const listener of [...this.#listeners]) listener()
  }
}
