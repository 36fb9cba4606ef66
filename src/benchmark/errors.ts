import { defineError } from '../errors/triage-error.ts'

export const peerWithoutNetwork = defineError(
  'BENCHMARK_PEER_WITHOUT_NETWORK',
  'permanent',
  (model: string) =>
    `The peer in Python computes in float32, and ${model}, which this network in 8 bits was made from, is not below models/. Leave --peer out.`,
)

export const peerFailed = defineError(
  'BENCHMARK_PEER_FAILED',
  'permanent',
  (cause: string) =>
    `The peer in Python could not run (${cause}). Install its Debian packages by: npm run peer:install`,
)

export const redisDidNotStart = defineError(
  'BENCHMARK_REDIS_DID_NOT_START',
  'permanent',
  (cause: string) => `redis-server did not start (${cause}). Install Debian's redis-server, or leave out --workers.`,
)

export const workerEnded = defineError(
  'BENCHMARK_WORKER_ENDED',
  'permanent',
  (how: string) =>
    `A worker process ended in the middle of the measurement (${how}). What it said is on standard error.`,
)

export const studyNotReported = defineError(
  'BENCHMARK_STUDY_NOT_REPORTED',
  'permanent',
  (what: string) => `A worker did not report a benchmark study (${what}); the times would mean nothing.`,
)

export const notAnalysed = defineError(
  'BENCHMARK_NOT_ANALYSED',
  'permanent',
  () => 'The benchmark image was not analysed; its times would mean nothing.',
)

export const tooFewProcessors = defineError(
  'BENCHMARK_TOO_FEW_PROCESSORS',
  'permanent',
  () => 'Two workers are measured on a processor each, and this process may use one alone. Leave out --workers.',
)
