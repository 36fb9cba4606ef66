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
}

/** @param {() => void} update updates the page after an action */
export function handleActions(update) {
  document.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target : undefined
    const button = target?.closest('button[data-action], button[data-opinion]')
    if (!(button instanceof HTMLButtonElement)) return
    void (button.dataset['opinion'] === undefined ? act(button) : giveOpinion(button)).then(update)
  })
}

/** @param {HTMLButtonElement} button */
async function act(button) {
  const { action = '', study = '' } = button.dataset
  button.disabled = true
  const answer = await post(`api/studies/${study}/${action}`)
  say(find('announcement'), (await outcomeOf(answer, action)) ?? 'The request failed. Reload this page.')
  button.disabled = false
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
