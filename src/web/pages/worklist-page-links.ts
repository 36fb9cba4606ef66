import type { WorklistPart } from '../worklist.ts'
import { type Html, html } from './html.ts'
import type { AskedWorklist } from './asked-worklist.ts'

/** Links to the previous and next page; empty if there is only one page. */
export function pageLinks({ page, pages, first, last }: WorklistPart, asked: AskedWorklist): Html {
  // The id lets a link keep the focus during an update.
  const link = (to: number, words: string, relation: string) =>
    to < 1 || to > pages
      ? undefined
      : html`<a id="page-${relation}" class="button" rel="${relation}" href="${addressOf(asked, to)}">${words}</a>`
  return html`<nav id="pages" aria-label="Pages">
    ${
      pages === 1
        ? undefined
        : html`${link(page - 1, 'Previous', 'prev')}
            <span>Studies ${first} to ${last}, page ${page} of ${pages}</span>
            ${link(page + 1, 'Next', 'next')}`
    }
  </nav>`
}

function addressOf({ period, filter: { decision, state, search } }: AskedWorklist, page: number): string {
  const chosen = new URLSearchParams({
    period,
    ...(decision && { decision }),
    ...(state && { state }),
    ...(search !== '' && { search }),
    page: String(page),
  })
  return `?${chosen.toString()}`
}
