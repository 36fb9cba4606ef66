import { type Html, html } from './html.ts'

/** The head of a table. Narrow screens show a table's parts as blocks, which lose their roles unless these are written out. */
export function tableHead(columns: readonly string[]): Html {
  return html`<thead role="rowgroup">
    <tr role="row">
      ${columns.map((column) => html`<th role="columnheader" scope="col">${column}</th>`)}
    </tr>
  </thead>`
}
