import type { AgreementTable } from '../../feedback/agreement.ts'
import type { ModelDrift } from '../../feedback/drift.ts'
import { agreementSection } from './agreement-section.ts'
import { driftSection } from './drift-section.ts'
import { type Html, html } from './html.ts'
import { pageHead } from './page-head.ts'

export interface Quality {
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
        <header>
          <h1>Lung Triage</h1>
          <p class="banner" role="note">
            <strong>Not for diagnostic use.</strong> What readers think of the network's findings, and whether its
            scores stay as they were.
          </p>
          <nav aria-label="Pages"><a href="./">Worklist</a></nav>
        </header>
        <main id="quality" tabindex="-1">${agreementSection(agreement)} ${driftSection(drift, retentionDays)}</main>
      </body>
    </html>`
}
