import type { TargetName } from '../../deliver/delivery-targets.ts'
import type { Acknowledgement, DeliveryTrouble, StudyDelivery } from '../../service/deliveries/delivery.ts'
import type { StudyRecord } from '../../service/store/store.ts'
import { type Html, html } from './html.ts'
import { tableHead } from './table-head.ts'
import { actorWords, moment, problemLine, studyName } from './words.ts'

const targetWords: Readonly<Record<TargetName, string>> = {
  archive: 'Archive',
  sendTo: 'Other DICOM systems',
  fhir: 'FHIR server',
  hl7: 'HL7 receiver',
  priority: 'Priority in Orthanc',
}

/** What keeps a result from a target, in a few words for the worklist. */
export function troubleLine({ target, state }: DeliveryTrouble): Html {
  return html`<p class="problem">
    ${targetWords[target]}: delivery ${state === 'dead' ? 'failed, needs a look' : 'is late'}
  </p>`
}

/** Where the latest result of a study is on its way to each target. */
export function studyDeliveries(record: StudyRecord, deliveries: readonly StudyDelivery[]): Html {
  if (deliveries.length === 0) return html`<p class="none">Nothing to deliver yet.</p>`
  return html`<table role="table" class="figures deliveries">
    <caption class="unseen">
      Deliveries of the latest result
    </caption>
    ${tableHead(['Target', 'State', 'Failed attempts', 'Actions'])}
    <tbody role="rowgroup">
      ${deliveries.map((delivery) => row(record, delivery))}
    </tbody>
  </table>`
}

function row(record: StudyRecord, delivery: StudyDelivery): Html {
  return html`<tr role="row">
    <th role="rowheader" scope="row">${targetWords[delivery.target]}</th>
    <td role="cell" data-label="State"><div>${stateLines(delivery)}</div></td>
    <td role="cell" data-label="Failed attempts">${delivery.attempts}</td>
    <td role="cell" data-label="Actions"><div class="actions">${actions(record, delivery)}</div></td>
  </tr>`
}

function stateLines({ state, attempts, due, problem, acknowledgement }: StudyDelivery): (Html | undefined)[] {
  const diagnosis = problem && problemLine(problem)
  switch (state) {
    case 'pending': {
      const next = attempts === 0 ? undefined : html`, next attempt ${moment(due)}`
      return [html`<p>On its way${next}</p>`, diagnosis]
    }
    case 'done':
      return [html`<p>Delivered</p>`]
    case 'dropped':
      return [html`<p>Not sent${problem && `: ${problem.reason}`}</p>`]
    case 'dead':
      return acknowledgement === undefined
        ? [html`<p>Failed, needs a look</p>`, diagnosis]
        : [html`<p>Failed, acknowledged</p>`, diagnosis, acknowledgementLine(acknowledgement)]
  }
}

function acknowledgementLine({ at, actor, reason }: Acknowledgement): Html {
  return html`<p class="quiet">${actorWords(actor)} acknowledged this at ${moment(at)}: ${reason}</p>`
}

/** A delivery that was never tried needs no retry: it waits for its turn. */
function actions(
  record: StudyRecord,
  { target, state, attempts, acknowledgement }: StudyDelivery,
): (Html | undefined)[] {
  const [uid, name] = [record.study.studyInstanceUid, studyName(record)]
  const button = (action: 'retry' | 'acknowledge', words: string): Html =>
    html`<button
      id="${action}-${target}"
      class="button"
      type="button"
      data-action="${action}"
      data-study="${uid}"
      data-target="${target}"
    >
      ${words}<span class="unseen"> delivery to ${targetWords[target]} of study ${name}</span>
    </button>`
  const isRetried = state === 'dead' || (state === 'pending' && attempts > 0)
  return [
    isRetried ? button('retry', 'Retry') : undefined,
    state === 'dead' && acknowledgement === undefined ? button('acknowledge', 'Acknowledge') : undefined,
  ]
}

/** Asks for the reason. It is outside the parts that an update replaces. */
export const acknowledgeDialog = html`<dialog id="acknowledging" class="ask" aria-labelledby="acknowledging-title">
  <form method="dialog">
    <h2 id="acknowledging-title">Acknowledge a failed delivery</h2>
    <p>The result is not sent to this target, and the worklist no longer shows the delivery as failed.</p>
    <label for="acknowledging-reason">Reason</label>
    <input id="acknowledging-reason" type="text" maxlength="200" required autocomplete="off" />
    <p>
      <button type="submit" class="button" value="acknowledge">Acknowledge</button>
      <button type="submit" class="button" value="" formnovalidate>Cancel</button>
    </p>
  </form>
</dialog>`
