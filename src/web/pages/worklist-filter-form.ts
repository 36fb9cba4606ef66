import { type WorklistFilter, filteredDecisions, filteredStates, isNarrowed } from '../worklist-filter.ts'
import { type Html, html } from './html.ts'
import { decisionWords, stateWords } from './words.ts'

/** Periods of arrival that the page can show. */
const periods = { '1': 'Last 24 hours', '7': 'Last 7 days', all: 'All studies' } as const
export type Period = keyof typeof periods

const findingNames = {
  ...decisionWords,
  'not-analysed': 'Not analysed',
  withdrawn: 'Withdrawn',
  none: 'No result',
} as const

const stateNames = { ...stateWords, undelivered: 'Delivery late or failed' } as const

/** The worklist filter, held entirely in the page's address. A search covers all stored studies. */
export function worklistFilterForm(period: Period, filter: WorklistFilter): Html {
  const searching = filter.search !== ''
  return html`<nav aria-label="Period">${periodLinks(searching ? 'all' : period, filter)}</nav>
    <form id="filter" method="get" role="search" aria-label="Studies">
      <input type="hidden" name="period" value="${period}" />
      <p>
        <label for="filter-decision">Finding</label>
        <select id="filter-decision" name="decision">
          ${option('', 'Any', filter.decision)}
          ${filteredDecisions.map((name) => option(name, findingNames[name], filter.decision))}
        </select>
      </p>
      <p>
        <label for="filter-state">State</label>
        <select id="filter-state" name="state">
          ${option('', 'Any', filter.state)}
          ${filteredStates.map((name) => option(name, stateNames[name], filter.state))}
        </select>
      </p>
      <p>
        <label for="filter-search">Accession number or end of UID</label>
        <input
          id="filter-search"
          name="search"
          type="search"
          maxlength="64"
          autocomplete="off"
          value="${filter.search}"
        />
      </p>
      <p>
        <button class="button" type="submit">Show</button>
        ${isNarrowed(filter) ? html`<a class="button" href="?period=${period}">Show all</a>` : undefined}
      </p>
    </form>`
}

function option(value: string, words: string, chosen: string | undefined): Html {
  return value === (chosen ?? '')
    ? html`<option value="${value}" selected>${words}</option>`
    : html`<option value="${value}">${words}</option>`
}

/** The links keep finding and state but drop the search, which ignores the period. */
function periodLinks(current: Period, { decision, state }: WorklistFilter): Html[] {
  const names = Object.keys(periods).filter((name): name is Period => name in periods)
  return names.map((period) => {
    const chosen = new URLSearchParams({ period, ...(decision && { decision }), ...(state && { state }) })
    const address = `?${chosen.toString()}`
    return period === current
      ? html`<a href="${address}" aria-current="true">${periods[period]}</a>`
      : html`<a href="${address}">${periods[period]}</a>`
  })
}
