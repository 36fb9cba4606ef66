// Keeps the worklist up to date. Replaces only the rows that differ, so that focus and open details stay.

import { handleActions } from './actions.js'
import { find, keepCurrent, say, showLocalTimes } from './current.js'

const announcement = find('announcement')
const enlarged = /** @type {HTMLDialogElement} */ (find('enlarged'))

/**
 * HTML of each row as the server sent it, by id. @type {Map<string, string>}
 */
let shown = rowsById(document)
/** Studies with pneumonia present, on all pages. */
let present = presentStudies(document)

showLocalTimes()
handleActions(keepCurrent(fetchWorklist))
document.addEventListener('click', (event) => {
  const picture = event.target instanceof Element ? event.target.closest('a.picture') : undefined
  if (picture instanceof HTMLAnchorElement && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault()
    enlarge(picture)
  }
})
enlarged.addEventListener('click', () => {
  enlarged.close()
})

/**
 * Applies the changes, with the filter of the page's address.
 * @returns {Promise<number>} the HTTP status
 */
async function fetchWorklist() {
  const answer = await fetch(`worklist${location.search}`)
  if (answer.ok) takeOver(new DOMParser().parseFromString(await answer.text(), 'text/html'))
  return answer.status
}

/** @param {Document} fresh */
function takeOver(fresh) {
  const freshRows = rowsById(fresh)
  const focused = document.activeElement?.id
  const freshPresent = presentStudies(fresh)
  const arrivedPresent = [...freshPresent].filter((study) => !present.has(study)).length
  for (const group of fresh.querySelectorAll('tbody')) {
    const rows = [...group.rows].map((row) => {
      const old = document.getElementById(row.id)
      return old !== null && shown.get(row.id) === freshRows.get(row.id) ? old : row
    })
    document.getElementById(group.id)?.replaceChildren(...rows)
  }
  say(find('summary'), fresh.getElementById('summary')?.textContent ?? '')
  takeOverPages(find('pages'), fresh.getElementById('pages'))
  say(find('alert'), fresh.getElementById('alert')?.textContent ?? '')
  shown = freshRows
  present = freshPresent
  showLocalTimes()
  // The focused element may now be on another page.
  if (focused) (document.getElementById(focused) ?? find('worklist')).focus({ preventScroll: true })
  if (arrivedPresent > 0) {
    const studies = arrivedPresent === 1 ? 'study' : 'studies'
    say(announcement, `${arrivedPresent} more ${studies} with pneumonia present. ${find('summary').textContent}`)
  }
}

/**
 * @param {HTMLElement} pages
 * @param {HTMLElement | null} fresh
 */
function takeOverPages(pages, fresh) {
  if (fresh !== null && pages.innerHTML !== fresh.innerHTML) pages.replaceChildren(...fresh.childNodes)
}

/** @param {Document} page */
function rowsById(page) {
  return new Map([...page.querySelectorAll('tbody tr')].map((row) => [row.id, row.outerHTML]))
}

/** @param {Document} page */
function presentStudies(page) {
  return new Set(page.getElementById('worklist')?.dataset['present']?.match(/\d+/g))
}

/** @param {HTMLAnchorElement} link */
function enlarge(link) {
  const picture = enlarged.querySelector('img')
  if (picture === null) return
  picture.src = link.href
  picture.alt = link.querySelector('img')?.alt ?? ''
  enlarged.showModal()
}
