// Keeps the page current: the service says that something changed, the page fetches the worklist's HTML again and takes over
// the rows that differ, so that what a reader is looking at stays where it is.

const refetchPauseMs = 250
const pollPauseMs = 3000
const connection = find('connection')
const announcement = find('announcement')
const enlarged = /** @type {HTMLDialogElement} */ (find('enlarged'))

/**
 * HTML of each row as the server sent it, by id. @type {Map<string, string>}
 */
let shown = rowsById(document)
/** @type {ReturnType<typeof setTimeout> | undefined} */
let refetch

showLocalTimes(document)
listen()
document.addEventListener('click', (event) => {
  const target = event.target instanceof Element ? event.target : undefined
  const button = target?.closest('button[data-retry]')
  if (button instanceof HTMLButtonElement) void retry(button)
  const opinion = target?.closest('button[data-opinion]')
  if (opinion instanceof HTMLButtonElement) void giveOpinion(opinion)
  const picture = target?.closest('a.picture')
  if (picture instanceof HTMLAnchorElement && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault()
    enlarge(picture)
  }
})
enlarged.addEventListener('click', () => {
  enlarged.close()
})

function listen() {
  const events = new EventSource('events')
  events.addEventListener('open', () => {
    say(connection, 'Live')
    connection.dataset['live'] = 'yes'
    // What happened while there was no connection was not told.
    update()
  })
  events.addEventListener('change', update)
  events.addEventListener('error', () => {
    delete connection.dataset['live']
    if (events.readyState === EventSource.CLOSED) void poll()
    else say(connection, 'Connection lost, trying again…')
  })
}

/** Without events, which do not get through Orthanc, the page asks again and again while it is looked at. */
async function poll() {
  for (;;) {
    if (!document.hidden) {
      const status = await fetchWorklist().catch(() => undefined)
      if (status === 401) {
        say(connection, 'Signed out: reload this page.')
        return
      }
      say(connection, status === 200 ? 'Updated every few seconds' : 'Connection lost, trying again…')
    }
    await new Promise((resolve) => setTimeout(resolve, pollPauseMs))
  }
}

/** Many changes in a moment are one update. */
function update() {
  refetch ??= setTimeout(() => {
    refetch = undefined
    void fetchWorklist()
      .catch(() => undefined)
      .then((status) => {
        if (status !== 200) say(connection, 'The worklist could not be fetched; trying again with the next change.')
      })
  }, refetchPauseMs)
}

/**
 * Takes over what changed.
 * @returns {Promise<number>} the status of the answer
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
  const arrivedPresent = presentIds(fresh).filter((id) => !presentIds(document).includes(id)).length
  for (const group of fresh.querySelectorAll('tbody')) {
    const rows = [...group.rows].map((row) => {
      const old = document.getElementById(row.id)
      return old !== null && shown.get(row.id) === freshRows.get(row.id) ? old : row
    })
    document.getElementById(group.id)?.replaceChildren(...rows)
  }
  say(find('summary'), fresh.getElementById('summary')?.textContent ?? '')
  say(find('alert'), fresh.getElementById('alert')?.textContent ?? '')
  shown = freshRows
  showLocalTimes(document)
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true })
  if (arrivedPresent > 0) {
    say(announcement, `${arrivedPresent} more with pneumonia present. ${find('summary').textContent}`)
  }
}

/** @param {Document} page */
function rowsById(page) {
  return new Map([...page.querySelectorAll('tbody tr')].map((row) => [row.id, row.outerHTML]))
}

/** @param {Document} page */
function presentIds(page) {
  return [...page.querySelectorAll('#group-present tr.study')].map((row) => row.id)
}

/** @param {HTMLButtonElement} button */
async function retry(button) {
  button.disabled = true
  // A page of another site cannot set this header, which the service asks for before it acts.
  const answer = await fetch(`api/studies/${button.dataset['retry'] ?? ''}/retry`, {
    method: 'POST',
    headers: { 'X-Lung-Triage': 'page' },
  }).catch(() => undefined)
  say(announcement, answer?.ok ? 'The study is in the queue again.' : 'The retry was not accepted; reload this page.')
  button.disabled = false
}

/** Which button stands pressed is told by the service: the row is fetched again. @param {HTMLButtonElement} button */
async function giveOpinion(button) {
  const { study = '', result, opinion } = button.dataset
  const answer = await fetch(`api/studies/${study}/feedback`, {
    method: 'POST',
    headers: { 'X-Lung-Triage': 'page', 'Content-Type': 'application/json' },
    body: JSON.stringify({ resultKey: result, opinion }),
  }).catch(() => undefined)
  say(announcement, opinionOutcome(answer, opinion))
  update()
}

/**
 * @param {Response | undefined} answer
 * @param {string | undefined} opinion
 */
function opinionOutcome(answer, opinion) {
  if (answer?.status === 409) return 'The study has another result now; look at it again.'
  if (!answer?.ok) return 'Your opinion was not recorded; reload this page.'
  return opinion === 'withdrawn' ? 'Your opinion was taken back.' : 'Your opinion was recorded.'
}

/** @param {HTMLAnchorElement} link */
function enlarge(link) {
  const picture = enlarged.querySelector('img')
  if (picture === null) return
  picture.src = link.href
  picture.alt = link.querySelector('img')?.alt ?? ''
  enlarged.showModal()
}

/** @param {Document} page */
function showLocalTimes(page) {
  const today = new Date().toDateString()
  for (const element of page.querySelectorAll('time')) {
    const time = new Date(element.dateTime)
    const clock = time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
    element.textContent = time.toDateString() === today ? clock : `${time.toLocaleDateString()} ${clock}`
    element.title = time.toLocaleString()
  }
}

/**
 * @param {HTMLElement} element
 * @param {string} text
 */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text
}

/** @param {string} id */
function find(id) {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`The page has no #${id}.`)
  return element
}
