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
  /** Days that studies are kept. */
  readonly retentionDays: number
}

/** The page at `/quality`: how far readers agree, and whether the scores stay as they were. Complete without JavaScript. */
export function qualityPage({ agreement, drift, retentionDays }: Quality): Html {
  return html`<!doctype html>
    <html lang="en">
      ${pageHead({ title: 'Agreement and drift', root: './', styles: ['quality.css'], script: undefined })}
      <body>
        <a class="skip" href="#quality">Skip to the figures</a>
        ${pageHeader({
          about: 'Agreement of readers with the findings, and drift of the scores.',
          updates: 'never',
          links: { Worklist: 'index.html' },
        })}
        <main id="quality" tabindex="-1">${agreementSection(agreement)} ${driftSection(drift, retentionDays)}</main>
      </body>
    </html>`
}
