import { expect } from 'chai'
import { forwardSteps, minimumCut } from '../../src/lungs/minimum-cut.ts'
import { type Random, seededRandom } from '../../src/training/data/random.ts'

interface Graph {
  readonly side: number
  readonly terminal: Int32Array
  readonly edges: Int32Array
}

function randomGraph(side: number, random: Random): Graph {
  const count = side * side
  const terminal = Int32Array.from({ length: count }, () => Math.floor(41 * random()) - 20)
  const edges = new Int32Array(8 * count)
  for (const { direction, x, y } of forwardSteps) {
    for (let sample = 0; sample < count; sample++) {
      const [column, row] = [(sample % side) + x, Math.floor(sample / side) + y]
      if (column < 0 || row < 0 || column >= side || row >= side) continue
      // Directed: the cost of separating two samples may depend on which of them is lung.
      edges[direction * count + sample] = Math.floor(12 * random())
      edges[(direction ^ 1) * count + row * side + column] = Math.floor(12 * random())
    }
  }
  return { side, terminal, edges }
}

/** The cost of a labelling: terminals of the other side, and edges from the source's side to the sink's. */
function cost({ side, terminal, edges }: Graph, onSourceSide: (sample: number) => boolean): number {
  const count = side * side
  let sum = 0
  for (let sample = 0; sample < count; sample++) {
    if (onSourceSide(sample)) sum += Math.max(0, -terminal[sample]!)
    else sum += Math.max(0, terminal[sample]!)
  }
  for (const { direction, x, y } of forwardSteps) {
    for (let sample = 0; sample < count; sample++) {
      const other = sample + y * side + x
      if (other < 0 || other >= count) continue
      if (onSourceSide(sample) && !onSourceSide(other)) sum += edges[direction * count + sample]!
      if (onSourceSide(other) && !onSourceSide(sample)) sum += edges[(direction ^ 1) * count + other]!
    }
  }
  return sum
}

function copy({ side, terminal, edges }: Graph): Graph {
  return { side, terminal: Int32Array.from(terminal), edges: Int32Array.from(edges) }
}

describe('minimumCut', function () {
  this.timeout(60_000)

  it('is the cheapest of all cuts on small grids (exhaustive search)', function () {
    for (let seed = 0; seed < 120; seed++) {
      const side = seed % 3 === 0 ? 4 : 3
      const graph = randomGraph(side, seededRandom(seed))
      const cut = minimumCut(copy(graph))
      let least = Infinity
      for (let code = 0; code < 2 ** (side * side); code++) {
        least = Math.min(
          least,
          cost(graph, (sample) => ((code >> sample) & 1) === 1),
        )
      }
      expect(cost(graph, (sample) => cut[sample] === 1)).to.equal(least)
    }
  })

  it('cannot be improved by moving a single sample on a large grid', function () {
    const graph = randomGraph(60, seededRandom(7))
    const cut = minimumCut(copy(graph))
    const least = cost(graph, (sample) => cut[sample] === 1)
    for (let flipped = 0; flipped < cut.length; flipped += 37) {
      expect(cost(graph, (sample) => (cut[sample] === 1) !== (sample === flipped))).to.be.at.least(least)
    }
  })

  it('assigns every sample to its terminal if there are no edges', function () {
    const terminal = Int32Array.of(5, -3, 0, 1, -1, 2, -7, 4, 9)
    expect([...minimumCut({ side: 3, terminal, edges: new Int32Array(72) })]).to.deep.equal([1, 0, 0, 1, 0, 1, 0, 1, 1])
  })
})
