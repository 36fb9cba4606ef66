import type { Progress } from '../store.ts'
import { type Html, html } from './html.ts'
import { moment, problemLine } from './words.ts'

/** Where a study stands, in a few words. */
export function progressWords(progress: Progress): Html {
  switch (progress.state) {
    case 'waiting':
      return html`<p class="state">Waiting</p>`
    case 'active':
      return html`<p class="state">Being analysed${progress.attempt > 1 ? `, attempt ${progress.attempt}` : ''}</p>`
    case 'retrying':
      return html`<p class="state">Trying again at ${moment(progress.retryAt)}</p>
        ${problemLine(progress.problem)}`
    case 'done':
      return html`<p class="state">Done</p>`
    case 'skipped':
      return html`<p class="state">Skipped</p>
        ${problemLine(progress.problem)}`
    case 'dead':
      return html`<p class="state">
          Given up after ${progress.attempt === 1 ? '1 attempt' : `${progress.attempt} attempts`}
        </p>
        ${problemLine(progress.problem)}`
  }
}
