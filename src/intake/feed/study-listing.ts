import type { Abortable, OrthancClient, OrthancStudy } from '../../clients/orthanc-client.ts'

interface ListingPage {
  /** As Orthanc returned them. */
  readonly listed: readonly OrthancStudy[]
  /** Those that the page before did not have. */
  readonly studies: readonly OrthancStudy[]
  readonly isLast: boolean
}

/** The most studies that a page repeats of the page before. */
const mostRepeated = 50

/**
 * Lists all studies of Orthanc page by page. Deletions shift later studies to earlier pages. So each page repeats some
 * of the page before, and if the last study of a page is not found again, the listing goes back by a page. A study may
 * be listed more than once.
 */
export class StudyListing {
  readonly #client: OrthancClient
  readonly #pageSize: number
  #since = 0
  /** Orthanc's ids of the page before. */
  #before: readonly string[] = []

  constructor(client: OrthancClient, pageSize: number) {
    this.#client = client
    // A page of one study could only repeat.
    this.#pageSize = Math.max(2, pageSize)
  }

  /**
   * The page at the current place. It comes again until `moveOn` is called. Orthanc may return fewer studies than
   * requested, so the last page is the one that adds none.
   */
  async page(options: Abortable): Promise<ListingPage> {
    let listed = await this.#ask(options)
    while (this.#since > 0 && this.#hasShifted(listed)) {
      this.#before = []
      this.#since = Math.max(0, this.#since - this.#pageSize)
      listed = await this.#ask(options)
    }
    const isLast = listed.length === 0 || listed.at(-1)?.ID === this.#before.at(-1)
    const before = new Set(this.#before)
    return { listed, studies: listed.filter(({ ID }) => !before.has(ID)), isLast }
  }

  moveOn({ listed }: ListingPage): void {
    this.#before = listed.map(({ ID }) => ID)
    this.#since += listed.length - Math.min(mostRepeated, Math.max(1, Math.floor(listed.length / 2)))
  }

  #hasShifted(listed: readonly OrthancStudy[]): boolean {
    const last = this.#before.at(-1)
    return last === undefined ? listed.length === 0 : !listed.some(({ ID }) => ID === last)
  }

  #ask(options: Abortable): Promise<readonly OrthancStudy[]> {
    return this.#client.studies(this.#since, this.#pageSize, options)
  }
}
