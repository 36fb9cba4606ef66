import type { Opinion } from '../../feedback/opinion.ts'
import { type Html, html } from './html.ts'

const choices = [
  { judgement: 'agree', words: 'Agree' },
  { judgement: 'disagree', words: 'Disagree' },
] as const

/** Two buttons for the reader's own opinion. The current one is shown pressed; pressing it again withdraws it. */
export function opinionButtons(uid: string, name: string, resultKey: string, opinions: readonly Opinion[]): Html {
  const standing = opinions.find(({ source }) => source === 'page')?.judgement
  const button = ({ judgement, words }: (typeof choices)[number]): Html =>
    html`<button
      id="${judgement}-${uid}"
      class="button opinion"
      type="button"
      aria-pressed="${String(standing === judgement)}"
      data-study="${uid}"
      data-result="${resultKey}"
      data-opinion="${standing === judgement ? 'withdrawn' : judgement}"
    >
      ${words}<span class="unseen"> with the finding on study ${name}</span>
    </button>`
  return html`<div class="opinions" role="group" aria-label="Your opinion on study ${name}">
    ${choices.map(button)}
  </div>`
}

/** The reports that opinions are read from. */
export const reportNames = { fhir: 'The final report', 'structured-report': 'The signed Structured Report' } as const

const reportWords = {
  agree: 'agrees with the finding.',
  disagree: 'disagrees with the finding.',
  'reads-present': 'states that pneumonia is present.',
  'reads-absent': 'states that pneumonia is absent.',
} as const

/** The opinions read back from reports. */
export function reportLines(opinions: readonly Opinion[]): Html[] {
  return opinions.flatMap(({ source, judgement }) =>
    source === 'page' || judgement === 'withdrawn'
      ? []
      : [html`<p class="report">${reportNames[source]} ${reportWords[judgement]}</p>`],
  )
}
