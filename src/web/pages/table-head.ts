import { type Html, html } from './html.ts'

/** A table head. Explicit roles, because narrow screens show the parts as blocks and would lose the implicit roles. */
export function tableHead(columns: readonly string[]): Html {
  return html`<thead role="rowgroup">
    <tr role="row">
      ${columns.map((column) => html`<th role="columnheader" scope="col">${column}</th>`)}
    </tr>
  </thead>`
}
