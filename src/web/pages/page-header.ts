import { type Html, html } from './html.ts'

interface PageHeader {
  /** Subject of the page, shown after the warning. */
  readonly about: string
  /** A live page shows the state of its connection. */
  readonly updates: 'live' | 'never'
  /** Relative addresses of other pages, by name. */
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
