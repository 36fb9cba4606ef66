/** How often a worker renews its lease on a study. */
export const renewEveryMs = 10_000

/** How long a worker waits before it polls an empty queue again. */
export const idleMs = 1000

/** Duration of a lease on a study. It spans several renewals, so that one late renewal does not lose the study. */
export const leaseMs = 60_000
