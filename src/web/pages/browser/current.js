// Keeps a page up to date: on each change event of the service, the page fetches its HTML again.

const leastRefetchPauseMs = 250
/** The pause is ten times the last fetch, so that a page uses at most a tenth of the service's time. */
const pausesAFetch = 10
const pollPauseMs = 3000

/** Relative address of the service's root. Pages of studies are one level deeper. */
export const root = location.pathname.includes('/studies/') ? '../' : './'

/**
 * Fetches the page after changes; merges changes in quick succession into one fetch.
 * @param {() => Promise<number>} fetchPage applies the changes and gives the HTTP status
 * @returns {() => void} requests an update
 */
export function keepCurrent(fetchPage) {
  const connection = find('connection')
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let refetch
  let refetchPauseMs = leastRefetchPauseMs
  const update = () => {
    refetch ??= setTimeout(() => {
      refetch = undefined
      const startMs = performance.now()
      void fetchPage()
        .catch(() => undefined)
        .then((status) => {
          refetchPauseMs = Math.max(leastRefetchPauseMs, pausesAFetch * (performance.now() - startMs))
          if (status !== 200) say(connection, 'Update failed. Retrying at the next change.')
        })
    }, refetchPauseMs)
  }
  listen(connection, update, fetchPage)
  return update
}

/**
 * @param {HTMLElement} connection
 * @param {() => void} update
 * @param {() => Promise<number>} fetchPage
 */
function listen(connection, update, fetchPage) {
  const events = new EventSource(`${root}events`)
  events.addEventListener('open', () => {
    say(connection, 'Live')
    connection.dataset['live'] = 'yes'
    // Events that occur while the connection is lost are not sent again.
    update()
  })
  events.addEventListener('change', update)
  events.addEventListener('error', () => {
    delete connection.dataset['live']
    if (events.readyState === EventSource.CLOSED) void poll(connection, fetchPage)
    else say(connection, 'Connection lost. Reconnecting…')
  })
}

/**
 * Fallback without events, which Orthanc does not forward: polls while the page is visible.
 * @param {HTMLElement} connection
 * @param {() => Promise<number>} fetchPage
 */
async function poll(connection, fetchPage) {
  for (;;) {
    if (!document.hidden) {
      const status = await fetchPage().catch(() => undefined)
      if (status === 401) {
        say(connection, 'Signed out. Reload this page to sign in.')
        return
      }
      say(connection, status === 200 ? 'Updated every few seconds' : 'Connection lost. Reconnecting…')
    }
    await new Promise((resolve) => setTimeout(resolve, pollPauseMs))
  }
}

export function showLocalTimes() {
  const today = new Date().toDateString()
  for (const element of document.querySelectorAll('time')) {
    const time = new Date(element.dateTime)
    const clock = time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
    element.textContent = time.toDateString() === today ? clock : `${time.toLocaleDateString()} ${clock}`
    element.title = time.toLocaleString()
  }
}

/**
 * Writes only new text: screen readers announce a live region at every write.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text
}

/** @param {string} id */
export function find(id) {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`The page has no #${id}.`)
  return element
}
