// Keeps a page current: the service says that something changed, and the page fetches its HTML again.

const leastRefetchPauseMs = 250
/** A long worklist takes the service a while; however many studies change, a page costs it a tenth of its time at most. */
const pausesAFetch = 10
const pollPauseMs = 3000

/** Address of the service's root from a page of it: pages of studies lie one level deeper. */
export const root = location.pathname.includes('/studies/') ? '../' : './'

/**
 * Calls back at every change, many changes in a moment once.
 * @param {() => Promise<number>} fetchPage takes over what changed, and gives the status of the answer
 * @returns {() => void} does so now
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
          if (status !== 200) say(connection, 'The page could not be fetched; trying again with the next change.')
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
    // What happened while there was no connection was not told.
    update()
  })
  events.addEventListener('change', update)
  events.addEventListener('error', () => {
    delete connection.dataset['live']
    if (events.readyState === EventSource.CLOSED) void poll(connection, fetchPage)
    else say(connection, 'Connection lost, trying again…')
  })
}

/**
 * Without events, which do not get through Orthanc, the page asks again and again while it is looked at.
 * @param {HTMLElement} connection
 * @param {() => Promise<number>} fetchPage
 */
async function poll(connection, fetchPage) {
  for (;;) {
    if (!document.hidden) {
      const status = await fetchPage().catch(() => undefined)
      if (status === 401) {
        say(connection, 'Signed out: reload this page.')
        return
      }
      say(connection, status === 200 ? 'Updated every few seconds' : 'Connection lost, trying again…')
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
 * A live region speaks whenever it is written to, so the same words are not written again.
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
