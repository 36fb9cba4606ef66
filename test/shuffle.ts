import { type Random, seededRandom, shuffle } from '../src/training/data/random.ts'

/** Loaded by `npm run test:shuffled`: shuffles the files, and the tests and suites of each suite. */
export const mochaHooks = {
  beforeAll(this: Mocha.Context): void {
    const seed = Number(process.env['TEST_SEED'] ?? NaN)
    if (!Number.isInteger(seed)) throw new Error('The seed of the order is not a whole number. Use --seed 7.')
    shuffleSuite(this.test!.parent!, seededRandom(seed))
  },
}

/** The suites below the root are those of the files. */
function shuffleSuite({ tests, suites }: Mocha.Suite, random: Random): void {
  shuffle(tests, random)
  shuffle(suites, random)
  for (const suite of suites) shuffleSuite(suite, random)
}
