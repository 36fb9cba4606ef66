import { defineError } from '../errors.ts'

export const peerFailed = defineError(
  'BENCHMARK_PEER_FAILED',
  'permanent',
  (cause: string) =>
    `The peer in Python could not run (${cause}). Install its Debian packages by: npm run peer:install`,
)
