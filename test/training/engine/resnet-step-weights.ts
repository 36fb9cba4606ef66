import { initialWeights } from '../../../src/training/fine-tuning/fine-tuning-network.ts'
import { reducedTrunk } from '../../../src/training/network/trunk-weights.ts'
import { seededRandom } from '../../../src/training/data/random.ts'

// Prints the initial weights of resnet-step.test.ts as JSON, for PyTorch.

const weights = initialWeights(reducedTrunk(seededRandom(11)), seededRandom(12))
const json = Object.fromEntries(
  [...weights].map(([name, { shape, values }]) => [name, { shape, values: Array.from(values) }]),
)
process.stdout.write(JSON.stringify(json))
