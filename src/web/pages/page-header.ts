import { type Html, html } from './html.ts'

interface PageHeader {
  /** What the page is about, after the warning. */
  readonly about: string
  /** Whether the page keeps itself current, and so says that it does. */
  readonly updates: 'live' | 'never'
  /** Names of other pages, and their addresses from this one. */
  readonly links: Readonly<Record<string, string>>
}

/** The top of every page. */
export function pageHeader({ about, updates, links }: PageHeader): Html {
  return html`<header>
    <h1>Lung Triage</h1>
    <p class="banner" role="note"><strong>Not for diagnostic use.</strong> ${about}</p>
    ${updates === 'live' ? html`<p id="connection" role="status">Connecting…</p>` : undefined}
    <nav aria-label="Pages">
      ${Object.entries(links).map(([name, address]) => html`<a href="${address}">${name}</a> `)}
    </nav>
  </header>`
}
