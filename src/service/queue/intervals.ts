/** How often a worker renews its lease on a study. */
export const renewEveryMs = 10_000

/** How long a worker waits before it polls an empty queue again. */
export const idleMs = 1000

/** A worker that has not renewed its lease for this long has lost it. Several renewals fit in, so that one late renewal loses nothing. */
export const leaseMs = 60_000
