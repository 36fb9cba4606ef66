import type { Progress } from '../../service/store/store.ts'
import { type Html, html } from './html.ts'
import { moment, problemLine, stateWords } from './words.ts'

/** The state of a study, in a few words. */
export function progressWords(progress: Progress): Html {
  switch (progress.state) {
    case 'waiting':
      return html`<p class="state">${stateWords.waiting}</p>`
    case 'active':
      return html`<p class="state">
        ${stateWords.active}${progress.attempt > 1 ? `, attempt ${progress.attempt}` : ''}
      </p>`
    case 'retrying':
      return html`<p class="state">${stateWords.retrying} for ${moment(progress.retryAt)}</p>
        ${problemLine(progress.problem)}`
    case 'done':
      return html`<p class="state">${stateWords.done}</p>`
    case 'skipped':
      return html`<p class="state">${stateWords.skipped}</p>
        ${problemLine(progress.problem)}`
    case 'dead':
      return html`<p class="state">
          ${stateWords.dead} after ${progress.attempt === 1 ? '1 attempt' : `${progress.attempt} attempts`}
        </p>
        ${problemLine(progress.problem)}`
  }
}
