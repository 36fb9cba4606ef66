/** The events of a service, read as text. */
export class ChangeEvents {
  readonly #reader: ReadableStreamDefaultReader<string>
  #heard = ''

  constructor(events: Response) {
    this.#reader = events.body!.pipeThrough(new TextDecoderStream()).getReader()
  }

  /** Everything read so far. */
  get heard(): string {
    return this.#heard
  }

  /** Reads until the text has come. */
  async hear(text: string): Promise<void> {
    while (!this.#heard.includes(text)) {
      const { value, done } = await this.#reader.read()
      if (done) throw new Error(`the events ended before "${text}"`)
      this.#heard += value
    }
  }

  /** Reads until the service ends the events. */
  async end(): Promise<void> {
    while (!(await this.#reader.read()).done);
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel()
  }
}
