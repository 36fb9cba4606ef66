import { defineError } from '../errors/triage-error.ts'

export const peerWithoutNetwork = defineError(
  'BENCHMARK_PEER_WITHOUT_NETWORK',
  'permanent',
  (model: string) =>
    `The Python peer needs the float32 model ${model} of this 8-bit network, which is not below models/. Leave out --peer.`,
)

export const peerFailed = defineError(
  'BENCHMARK_PEER_FAILED',
  'permanent',
  (cause: string) => `The Python peer could not run (${cause}). Install its Debian packages with: npm run peer:install`,
)

export const redisDidNotStart = defineError(
  'BENCHMARK_REDIS_DID_NOT_START',
  'permanent',
  (cause: string) => `redis-server did not start (${cause}). Install Debian's redis-server, or leave out --workers.`,
)

export const workerEnded = defineError(
  'BENCHMARK_WORKER_ENDED',
  'permanent',
  (how: string) => `A worker process ended during the measurement (${how}). See its messages on standard error.`,
)

export const studyNotReported = defineError(
  'BENCHMARK_STUDY_NOT_REPORTED',
  'permanent',
  (what: string) => `A worker did not report a benchmark study (${what}), so the times are not valid.`,
)

export const notAnalysed = defineError(
  'BENCHMARK_NOT_ANALYSED',
  'permanent',
  () => 'The benchmark image was not analysed, so the times are not valid.',
)

export const tooFewProcessors = defineError(
  'BENCHMARK_TOO_FEW_PROCESSORS',
  'permanent',
  () => 'Measuring two workers needs two processors, and this process may use only one. Leave out --workers.',
)
