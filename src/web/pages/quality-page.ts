import type { AgreementTable } from '../../feedback/agreement.ts'
import type { ModelDrift } from '../../feedback/drift.ts'
import { agreementSection } from './agreement-section.ts'
import { driftSection } from './drift-section.ts'
import { type Html, html } from './html.ts'
import { pageHead } from './page-head.ts'
import { pageHeader } from './page-header.ts'

interface Quality {
  readonly agreement: AgreementTable
  readonly drift: readonly ModelDrift[]
  /** Retention of studies in days. */
  readonly retentionDays: number
}

/** The page at `/quality`: reader agreement and score drift. Needs no JavaScript. */
export function qualityPage({ agreement, drift, retentionDays }: Quality): Html {
  return html`<!doctype html>
    <html lang="en">
      ${pageHead({ title: 'Agreement and drift', root: './', styles: ['quality.css'], script: undefined })}
      <body>
        <a class="skip" href="#quality">Skip to the figures</a>
        ${pageHeader({
          about: 'Reader agreement with the findings, and score drift.',
          updates: 'never',
          links: { Worklist: 'index.html' },
        })}
        <main id="quality" tabindex="-1">${agreementSection(agreement)} ${driftSection(drift, retentionDays)}</main>
      </body>
    </html>`
}
