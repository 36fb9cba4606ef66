import { agreementTable } from '../../feedback/agreement.ts'
import { driftByModel } from '../../feedback/drift.ts'
import { qualityPage } from '../pages/quality-page.ts'
import { type Route, get } from './route.ts'
import type { Store } from '../../service/store/store.ts'

export interface QualityOptions {
  readonly store: Store
  /** Retention of studies in days. */
  readonly retentionDays: () => number
}

/** Reader agreement and score drift, as a page and as JSON. */
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
