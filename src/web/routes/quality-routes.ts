import { agreementTable } from '../../feedback/agreement.ts'
import { driftByModel } from '../../feedback/drift.ts'
import { qualityPage } from '../pages/quality-page.ts'
import { type Route, get } from './route.ts'
import type { Store } from '../../service/store/store.ts'

export interface QualityOptions {
  readonly store: Store
  /** Days that studies are kept. */
  readonly retentionDays: () => number
}

/** How far readers agree and how scores drift: a page for people, the same numbers for programs. */
export function qualityRoutes({ store, retentionDays }: QualityOptions): readonly Route[] {
  const quality = () => ({
    agreement: agreementTable(store.opinions.allStanding()),
    drift: driftByModel(store.studies.scores()),
    retentionDays: retentionDays(),
  })
  return [
    get('/quality', (_request, response) => {
      response.type('html').send(qualityPage(quality()).text)
    }),
    get('/api/quality', (_request, response) => {
      response.json(quality())
    }),
  ]
}
