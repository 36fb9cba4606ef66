import { changesLost } from '../../intake/errors.ts'
import type { Dependency } from '../../web/routes/health-routes.ts'

/** The change feed as a dependency: the service is not ready while it does not know which studies it has missed. */
export class FeedHealth implements Dependency {
  readonly name = 'Change feed'
  #isBehind = false

  lost(): void {
    this.#isBehind = true
  }

  caughtUp(): void {
    this.#isBehind = false
  }

  probe = (): Promise<void> => (this.#isBehind ? Promise.reject(changesLost()) : Promise.resolve())
}
