/**
 * A readable reference of src/lungs/kernel/assembly/belief-propagation.ts, which is tested against it.
 *
 * Min-sum belief propagation for SIFT flow (Liu, Yuen, Torralba 2011, section 3): the horizontal and the vertical
 * displacement are two layers of nodes, coupled at each sample by the data term, so that a message takes O(labels)
 * instead of O(labels^2). Messages are passed in sweeps (sequential schedule), which need far fewer iterations than
 * parallel updates.
 */
export interface DisplacementProblem {
  readonly side: number
  /** Labels of a layer are displacements `centre - window … centre + window`. */
  readonly window: number
  /** Middle displacement of each sample's window, in samples. */
  readonly centreX: Int16Array
  readonly centreY: Int16Array
  /** Cost of each pair of labels at each sample: `(sample * labels + labelY) * labels + labelX`. */
  readonly dataCost: Float32Array
  /** Cost of a difference of one sample between neighbours. */
  readonly smoothness: number
  /** Largest cost of such a difference. */
  readonly smoothnessLimit: number
  /** Cost of a displacement of one sample. */
  readonly displacementCost: number
  /** Sweeps, alternately from the first sample to the last and back. */
  readonly sweeps: number
}

/** Displacements of every sample. */
export interface Displacements {
  readonly x: Int16Array
  readonly y: Int16Array
}

/** The neighbours that send messages. */
const fromLeft = 0
const fromRight = 1
const fromAbove = 2
const fromBelow = 3
const neighbours = 4

/** One layer's state: the messages to each sample from its neighbours and from the other layer. */
interface Layer {
  readonly centre: Int16Array
  /** `(sample * neighbours + neighbour) * labels + label` */
  readonly messages: Float32Array
  /** `sample * labels + label` */
  readonly fromOtherLayer: Float32Array
  /** Cost of each label alone. */
  readonly ownCost: Float32Array
}

interface Propagation {
  readonly problem: DisplacementProblem
  readonly labels: number
  readonly layerX: Layer
  readonly layerY: Layer
  /** Scratch of one label vector. */
  readonly belief: Float32Array
}

/** Minimises data cost + displacement cost + truncated L1 smoothness approximately. */
export function propagateBeliefs(problem: DisplacementProblem): Displacements {
  const labels = 2 * problem.window + 1
  const state: Propagation = {
    problem,
    labels,
    layerX: createLayer(problem, problem.centreX, labels),
    layerY: createLayer(problem, problem.centreY, labels),
    belief: new Float32Array(labels),
  }
  for (let sweep = 0; sweep < problem.sweeps; sweep++) {
    if (sweep % 2 === 0) sweepForward(state)
    else sweepBackward(state)
  }
  return chooseLabels(state)
}

function createLayer(problem: DisplacementProblem, centre: Int16Array, labels: number): Layer {
  const { window, displacementCost } = problem
  const ownCost = new Float32Array(centre.length * labels)
  for (let i = 0; i < centre.length; i++) {
    for (let l = 0; l < labels; l++) ownCost[i * labels + l] = displacementCost * Math.abs(centre[i]! + l - window)
  }
  return {
    centre,
    messages: new Float32Array(centre.length * neighbours * labels),
    fromOtherLayer: new Float32Array(centre.length * labels),
    ownCost,
  }
}

function sweepForward(state: Propagation): void {
  const { side } = state.problem
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const sample = y * side + x
      exchangeBetweenLayers(state, sample)
      if (x < side - 1) sendBoth(state, sample, sample + 1, fromRight, fromLeft)
      if (y < side - 1) sendBoth(state, sample, sample + side, fromBelow, fromAbove)
    }
  }
}

function sweepBackward(state: Propagation): void {
  const { side } = state.problem
  for (let y = side - 1; y >= 0; y--) {
    for (let x = side - 1; x >= 0; x--) {
      const sample = y * side + x
      exchangeBetweenLayers(state, sample)
      if (x > 0) sendBoth(state, sample, sample - 1, fromLeft, fromRight)
      if (y > 0) sendBoth(state, sample, sample - side, fromAbove, fromBelow)
    }
  }
}

function sendBoth(state: Propagation, sample: number, to: number, heardFromTarget: number, slotAtTarget: number): void {
  send(state, state.layerX, sample, to, heardFromTarget, slotAtTarget)
  send(state, state.layerY, sample, to, heardFromTarget, slotAtTarget)
}

/** The data term as messages: for each label of one layer, the best pairing with a label of the other. */
function exchangeBetweenLayers(state: Propagation, sample: number): void {
  const { labels, layerX, layerY, belief } = state
  const { dataCost } = state.problem
  const first = sample * labels
  const cost = first * labels
  sumNeighbours(layerY, sample, labels, belief)
  layerX.fromOtherLayer.fill(Infinity, first, first + labels)
  for (let ly = 0; ly < labels; ly++) {
    for (let lx = 0; lx < labels; lx++) {
      const total = dataCost[cost + ly * labels + lx]! + belief[ly]!
      if (total < layerX.fromOtherLayer[first + lx]!) layerX.fromOtherLayer[first + lx] = total
    }
  }
  sumNeighbours(layerX, sample, labels, belief)
  for (let ly = 0; ly < labels; ly++) {
    let best = Infinity
    for (let lx = 0; lx < labels; lx++) {
      const total = dataCost[cost + ly * labels + lx]! + belief[lx]!
      if (total < best) best = total
    }
    layerY.fromOtherLayer[first + ly] = best
  }
  subtractLeast(layerX.fromOtherLayer, first, labels)
  subtractLeast(layerY.fromOtherLayer, first, labels)
}

/** A label's own cost plus the messages of the four neighbours. */
function sumNeighbours({ messages, ownCost }: Layer, sample: number, labels: number, out: Float32Array): void {
  const left = sample * neighbours * labels
  const right = left + labels
  const above = right + labels
  const below = above + labels
  const own = sample * labels
  for (let l = 0; l < labels; l++) {
    out[l] =
      ownCost[own + l]! + messages[left + l]! + messages[right + l]! + messages[above + l]! + messages[below + l]!
  }
}

/** A constant offset in messages does not matter; keeping the minimum at 0 keeps single precision exact enough. */
function subtractLeast(values: Float32Array, first: number, count: number): void {
  let least = Infinity
  for (let l = first; l < first + count; l++) if (values[l]! < least) least = values[l]!
  for (let l = first; l < first + count; l++) values[l]! -= least
}

/**
 * One message: the lower envelope of truncated cones rooted at the sender's belief (Felzenszwalb & Huttenlocher 2006),
 * read at the receiver's labels, whose window may be centred elsewhere.
 */
function send(
  state: Propagation,
  layer: Layer,
  sample: number,
  to: number,
  heardFromTarget: number,
  slotAtTarget: number,
): void {
  const { labels, belief } = state
  const { smoothness, smoothnessLimit } = state.problem
  const { messages } = layer
  sumNeighbours(layer, sample, labels, belief)
  const excluded = (sample * neighbours + heardFromTarget) * labels
  const own = sample * labels
  let least = Infinity
  for (let l = 0; l < labels; l++) {
    const value = belief[l]! + layer.fromOtherLayer[own + l]! - messages[excluded + l]!
    belief[l] = value
    if (value < least) least = value
  }
  for (let l = 1; l < labels; l++) belief[l] = Math.min(belief[l]!, belief[l - 1]! + smoothness)
  for (let l = labels - 2; l >= 0; l--) belief[l] = Math.min(belief[l]!, belief[l + 1]! + smoothness)
  const shift = layer.centre[to]! - layer.centre[sample]!
  const out = (to * neighbours + slotAtTarget) * labels
  for (let l = 0; l < labels; l++) {
    const at = l + shift
    const nearest = at < 0 ? 0 : at >= labels ? labels - 1 : at
    const cost = belief[nearest]! + smoothness * Math.abs(at - nearest) - least
    messages[out + l] = cost < smoothnessLimit ? cost : smoothnessLimit
  }
}

function chooseLabels(state: Propagation): Displacements {
  const { layerX, layerY, problem } = state
  const samples = problem.side * problem.side
  const chosen = { x: new Int16Array(samples), y: new Int16Array(samples) }
  for (let i = 0; i < samples; i++) {
    chosen.x[i] = layerX.centre[i]! + bestLabel(state, layerX, i) - problem.window
    chosen.y[i] = layerY.centre[i]! + bestLabel(state, layerY, i) - problem.window
  }
  return chosen
}

function bestLabel({ labels, belief }: Propagation, layer: Layer, sample: number): number {
  sumNeighbours(layer, sample, labels, belief)
  let best = 0
  let least = Infinity
  for (let l = 0; l < labels; l++) {
    const value = belief[l]! + layer.fromOtherLayer[sample * labels + l]!
    if (value < least) {
      least = value
      best = l
    }
  }
  return best
}
