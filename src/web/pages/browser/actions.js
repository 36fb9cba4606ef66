// The buttons of a study, on the worklist and on the page of the study.

import { find, root, say } from './current.js'

/**
 * Message for each action and the effect that the service reports. @type {Record<string, Record<string, string>>}
 */
const outcomes = {
  retry: {
    queued: 'The study is in the queue again.',
    unchanged: 'The study is already in the queue.',
    'after-current': 'The study will be retried when the current run finishes.',
  },
  cancel: {
    cancelled: 'The study was removed from the queue.',
    'under-way': 'The current run will finish and will not be repeated.',
    nothing: 'The study was no longer in the queue.',
  },
  identity: {
    queued: 'Your decision is noted. The study is analysed again.',
    'after-current': 'Your decision is noted. The study is analysed again when the current run finishes.',
  },
  'delivery-retry': { queued: 'The delivery is tried again now.' },
  'delivery-acknowledge': { acknowledged: 'The failed delivery is acknowledged.' },
}

/**
 * The button whose delivery the dialog asks about. @type {HTMLButtonElement | undefined}
 */
let acknowledging

/** @param {() => void} update updates the page after an action */
export function handleActions(update) {
  document.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target : undefined
    const button = target?.closest('button[data-action], button[data-opinion]')
    if (!(button instanceof HTMLButtonElement)) return
    if (button.dataset['action'] === 'acknowledge') askForReason(button)
    else void (button.dataset['opinion'] === undefined ? act(button) : giveOpinion(button)).then(update)
  })
  document.addEventListener('submit', (event) => {
    void acknowledge(event).then(update)
  })
}

/**
 * @param {HTMLButtonElement} button
 * @param {unknown} [body]
 */
async function act(button, body) {
  const { action = '', study = '', target, verdict } = button.dataset
  const [path, kind] =
    target === undefined ? [action, action] : [`deliveries/${target}/${action}`, `delivery-${action}`]
  button.disabled = true
  const answer = await post(`api/studies/${study}/${path}`, verdict === undefined ? body : { verdict })
  say(find('announcement'), (await outcomeOf(answer, kind)) ?? 'The request failed. Reload this page.')
  button.disabled = false
}

/**
 * Asks why a failed delivery is acknowledged.
 * @param {HTMLButtonElement} button
 */
function askForReason(button) {
  acknowledging = button
  const reason = /** @type {HTMLInputElement} */ (find('acknowledging-reason'))
  reason.value = ''
  const dialog = /** @type {HTMLDialogElement} */ (find('acknowledging'))
  dialog.showModal()
}

/**
 * Sends the reason. The dialog closes by itself.
 * @param {SubmitEvent} event
 */
async function acknowledge({ submitter }) {
  if (!(submitter instanceof HTMLButtonElement) || submitter.value !== 'acknowledge') return
  const reason = /** @type {HTMLInputElement} */ (find('acknowledging-reason'))
  if (acknowledging !== undefined) await act(acknowledging, { reason: reason.value })
}

/**
 * @param {Response | undefined} answer
 * @param {string} action
 * @returns {Promise<string | undefined>} undefined if the request failed
 */
async function outcomeOf(answer, action) {
  if (!answer?.ok) return undefined
  return answer.json().then((/** @type {{ effect: string }} */ { effect }) => outcomes[action]?.[effect])
}

/** The next update shows the button as pressed. @param {HTMLButtonElement} button */
async function giveOpinion(button) {
  const { study = '', result, opinion } = button.dataset
  const answer = await post(`api/studies/${study}/feedback`, { resultKey: result, opinion })
  say(find('announcement'), opinionOutcome(answer, opinion))
}

/**
 * Sends the header that the service requires as CSRF protection: another site cannot set it.
 * @param {string} path
 * @param {unknown} [body]
 */
function post(path, body) {
  const json = body === undefined ? {} : { 'Content-Type': 'application/json' }
  return fetch(`${root}${path}`, {
    method: 'POST',
    headers: { 'X-Lung-Triage': 'page', ...json },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch(() => undefined)
}

/**
 * @param {Response | undefined} answer
 * @param {string | undefined} opinion
 */
function opinionOutcome(answer, opinion) {
  if (answer?.status === 409) return 'The study has a new result. Review it before you give an opinion.'
  if (!answer?.ok) return 'Your opinion was not recorded. Reload this page.'
  return opinion === 'withdrawn' ? 'Your opinion was withdrawn.' : 'Your opinion was recorded.'
}
