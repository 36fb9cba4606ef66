import { EventEmitter } from 'node:events'

/** Says that deliveries were queued or have changed, to the queues of the targets and to the pages. */
export class DeliveryWatch {
  readonly #emitter = new EventEmitter<{ change: [] }>().setMaxListeners(0)

  announce(): void {
    this.#emitter.emit('change')
  }

  /** Returns a function that stops it. */
  onChange(listener: () => void): () => void {
    this.#emitter.on('change', listener)
    return () => this.#emitter.off('change', listener)
  }
}
