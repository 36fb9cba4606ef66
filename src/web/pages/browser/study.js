// Keeps the page of a study up to date. Replaces only the parts that differ, so that pictures are not fetched again.

import { handleActions } from './actions.js'
import { keepCurrent, showLocalTimes } from './current.js'

/** HTML of each part as the server sent it, by id. */
let shown = partsById(document)

showLocalTimes()
handleActions(keepCurrent(fetchStudy))

/** @returns {Promise<number>} the HTTP status */
async function fetchStudy() {
  const answer = await fetch(location.pathname)
  if (answer.ok) takeOver(new DOMParser().parseFromString(await answer.text(), 'text/html'))
  return answer.status
}

/** @param {Document} fresh */
function takeOver(fresh) {
  const freshParts = partsById(fresh)
  const focused = document.activeElement?.id
  for (const part of fresh.querySelectorAll('[data-part]')) {
    if (shown.get(part.id) !== freshParts.get(part.id)) document.getElementById(part.id)?.replaceWith(part)
  }
  shown = freshParts
  document.title = fresh.title
  showLocalTimes()
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true })
}

/** @param {Document} page */
function partsById(page) {
  return new Map([...page.querySelectorAll('[data-part]')].map((part) => [part.id, part.outerHTML]))
}
