import { type Html, html } from './html.ts'

interface PageHead {
  readonly title: string
  /** Relative address of the worklist, because pages are below `/` or, inside Orthanc, below `/lung-triage/`. */
  readonly root: './' | '../'
  /** Style sheets besides `worklist.css`. */
  readonly styles: readonly string[]
  /** Undefined for a page without live updates. */
  readonly script: string | undefined
}

export function pageHead({ title, root, styles, script }: PageHead): Html {
  return html`<head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="dark" />
    <title>${title} – Lung Triage</title>
    <link rel="icon" href="${root}assets/icon.svg" />
    ${['worklist.css', ...styles].map((file) => html`<link rel="stylesheet" href="${root}assets/${file}" />`)}
    ${script === undefined ? undefined : html`<script src="${root}assets/${script}" type="module"></script>`}
  </head>`
}
