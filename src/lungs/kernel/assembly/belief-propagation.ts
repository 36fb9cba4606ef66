import { never } from './matching-costs'

/**
 * Min-sum belief propagation for SIFT flow (Liu, Yuen, Torralba 2011, section 3): horizontal and vertical displacement
 * are two layers of nodes, coupled at each sample by the data cost. Sequential sweeps; four labels per vector, padded
 * with `never`. test/lungs/reference/belief-propagation.ts is the readable reference that this code is tested against.
 */

/** The neighbours that send messages. */
const fromLeft: usize = 0
const fromRight: usize = 1
const fromAbove: usize = 2
const fromBelow: usize = 3
const neighbours: usize = 4

/**
 * Differences of window centres are distinguished up to this many samples; beyond that, the smoothness cost is at its
 * limit.
 */
const farthest: i32 = 256

// Scratch of one vector of labels each; at most `mostLanes` labels.
const mostLanes: usize = 32
const beliefX = memory.data(128)
const beliefY = memory.data(128)
const outgoing = memory.data(128)
/** `smoothness * |difference|` for differences -farthest … farthest, with padding on both sides. */
const cones = memory.data(2304)
const coneMiddle = cones + 288 * 4

let side: i32 = 0
let window: i32 = 0
let labels: i32 = 0
/** Bytes of one vector of labels. */
let span: usize = 0
let smoothnessLimit: f32 = 0
let displacementCost: f32 = 0
let costs: usize = 0
let centresX: usize = 0
let centresY: usize = 0
let messagesX: usize = 0
let messagesY: usize = 0
let otherX: usize = 0
let otherY: usize = 0

/**
 * @param room bytes for `side² * lanes * 4 * (2 layers * 4 messages + 2)`
 * @param flowX, flowY chosen displacements, 16-bit; may share the centres' memory
 */
export function propagateBeliefs(
  fieldSide: i32,
  fieldWindow: i32,
  lanes: i32,
  centreX: usize,
  centreY: usize,
  dataCosts: usize,
  smoothness: f32,
  limit: f32,
  perSample: f32,
  sweeps: i32,
  room: usize,
): void {
  side = fieldSide
  window = fieldWindow
  labels = 2 * fieldWindow + 1
  span = (<usize>lanes) << 2
  smoothnessLimit = limit
  displacementCost = perSample
  costs = dataCosts
  centresX = centreX
  centresY = centreY
  const samples = <usize>(side * side)
  messagesX = room
  messagesY = messagesX + samples * neighbours * span
  otherX = messagesY + samples * neighbours * span
  otherY = otherX + samples * span
  memory.fill(room, 0, samples * span * (2 * neighbours + 2))
  for (let d = -farthest - 31; d <= farthest + 31; d++)
    store<f32>(coneMiddle + ((<usize>d) << 2), smoothness * <f32>abs(d))
  for (let sweep = 0; sweep < sweeps; sweep++) {
    if ((sweep & 1) == 0) sweepForward()
    else sweepBackward()
  }
  chooseLabels()
}

function sweepForward(): void {
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const sample = y * side + x
      exchangeBetweenLayers(sample)
      if (x < side - 1) sendBoth(sample, sample + 1, fromRight, fromLeft)
      if (y < side - 1) sendBoth(sample, sample + side, fromBelow, fromAbove)
    }
  }
}

function sweepBackward(): void {
  for (let y = side - 1; y >= 0; y--) {
    for (let x = side - 1; x >= 0; x--) {
      const sample = y * side + x
      exchangeBetweenLayers(sample)
      if (x > 0) sendBoth(sample, sample - 1, fromLeft, fromRight)
      if (y > 0) sendBoth(sample, sample - side, fromAbove, fromBelow)
    }
  }
}

/** The data cost as messages: for each label of one layer, the best pairing with a label of the other. */
function exchangeBetweenLayers(sample: i32): void {
  believe(messagesX, centresX, sample, beliefX)
  believe(messagesY, centresY, sample, beliefY)
  const toX = otherX + <usize>sample * span
  const toY = otherY + <usize>sample * span
  const cost = costs + <usize>(sample * labels) * span
  for (let lane: usize = 0; lane < span; lane += 16) v128.store(toX + lane, f32x4.splat(Infinity))
  let leastY: f32 = Infinity
  for (let label = 0; label < labels; label++) {
    const row = cost + <usize>label * span
    const ofY = f32x4.splat(load<f32>(beliefY + ((<usize>label) << 2)))
    let best = f32x4.splat(Infinity)
    for (let lane: usize = 0; lane < span; lane += 16) {
      const data = v128.load(row + lane)
      v128.store(toX + lane, f32x4.pmin(f32x4.add(data, ofY), v128.load(toX + lane)))
      best = f32x4.pmin(f32x4.add(data, v128.load(beliefX + lane)), best)
    }
    const least = leastOf(best)
    store<f32>(toY + ((<usize>label) << 2), least)
    leastY = min(leastY, least)
  }
  subtract(toX, leastOfLabels(toX))
  subtract(toY, leastY)
}

/** A label's own cost plus the messages of the four neighbours. */
function believe(messages: usize, centres: usize, sample: i32, out: usize): void {
  const first = <f32>(<i32>load<i16>(centres + ((<usize>sample) << 1)) - window)
  const heard = messages + <usize>sample * neighbours * span
  for (let lane: usize = 0; lane < span; lane += 16) {
    const label = f32x4.add(f32x4.splat(<f32>(<i32>(lane >> 2))), f32x4(0, 1, 2, 3))
    const displacement = f32x4.add(f32x4.splat(first), label)
    let sum = f32x4.mul(f32x4.abs(displacement), f32x4.splat(displacementCost))
    sum = f32x4.add(sum, v128.load(heard + lane))
    sum = f32x4.add(sum, v128.load(heard + span + lane))
    sum = f32x4.add(sum, v128.load(heard + 2 * span + lane))
    sum = f32x4.add(sum, v128.load(heard + 3 * span + lane))
    const padding = f32x4.ge(label, f32x4.splat(<f32>labels))
    v128.store(out + lane, v128.bitselect(f32x4.splat(never), sum, padding))
  }
}

function sendBoth(sample: i32, to: i32, heardFromTarget: usize, slotAtTarget: usize): void {
  send(messagesX, otherX, centresX, beliefX, sample, to, heardFromTarget, slotAtTarget)
  send(messagesY, otherY, centresY, beliefY, sample, to, heardFromTarget, slotAtTarget)
}

/**
 * One message: the lower envelope of truncated cones rooted at the sender's belief, read at the receiver's labels,
 * whose window may have a different centre. With so few labels, all pairs in vectors are faster than Felzenszwalb &
 * Huttenlocher's distance transform.
 */
function send(
  messages: usize,
  other: usize,
  centres: usize,
  belief: usize,
  sample: i32,
  to: i32,
  heardFromTarget: usize,
  slotAtTarget: usize,
): void {
  const excluded = messages + (<usize>sample * neighbours + heardFromTarget) * span
  const own = other + <usize>sample * span
  let four = f32x4.splat(Infinity)
  for (let lane: usize = 0; lane < span; lane += 16) {
    const value = f32x4.sub(f32x4.add(v128.load(belief + lane), v128.load(own + lane)), v128.load(excluded + lane))
    v128.store(outgoing + lane, value)
    four = f32x4.pmin(value, four)
  }
  const least = f32x4.splat(leastOf(four))
  const between = <i32>load<i16>(centres + ((<usize>to) << 1)) - <i32>load<i16>(centres + ((<usize>sample) << 1))
  const shift = min(max(between, -farthest), farthest)
  const out = messages + (<usize>to * neighbours + slotAtTarget) * span
  for (let lane: usize = 0; lane < span; lane += 16) {
    let best = f32x4.splat(Infinity)
    let cone = coneMiddle + lane + ((<usize>shift) << 2)
    for (let label = 0; label < labels; label++) {
      const root = f32x4.splat(load<f32>(outgoing + ((<usize>label) << 2)))
      best = f32x4.pmin(f32x4.add(root, v128.load(cone)), best)
      cone -= 4
    }
    v128.store(out + lane, f32x4.pmin(f32x4.sub(best, least), f32x4.splat(smoothnessLimit)))
  }
}

function chooseLabels(): void {
  for (let sample = 0; sample < side * side; sample++) {
    choose(messagesX, otherX, centresX, sample)
    choose(messagesY, otherY, centresY, sample)
  }
}

/** Replaces a sample's centre by its cheapest displacement. */
function choose(messages: usize, other: usize, centres: usize, sample: i32): void {
  believe(messages, centres, sample, beliefX)
  const own = other + <usize>sample * span
  let least: f32 = Infinity
  let best = 0
  for (let label = 0; label < labels; label++) {
    const value = load<f32>(beliefX + ((<usize>label) << 2)) + load<f32>(own + ((<usize>label) << 2))
    if (value < least) {
      least = value
      best = label
    }
  }
  const centre = centres + ((<usize>sample) << 1)
  store<i16>(centre, <i16>(<i32>load<i16>(centre) + best - window))
}

/** A constant offset in messages does not matter; keeping the minimum at 0 keeps single precision exact enough. */
function subtract(values: usize, amount: f32): void {
  for (let lane: usize = 0; lane < span; lane += 16) {
    v128.store(values + lane, f32x4.sub(v128.load(values + lane), f32x4.splat(amount)))
  }
}

function leastOfLabels(values: usize): f32 {
  let four = f32x4.splat(Infinity)
  for (let lane: usize = 0; lane < span; lane += 16) four = f32x4.pmin(v128.load(values + lane), four)
  return leastOf(four)
}

function leastOf(four: v128): f32 {
  const two = f32x4.pmin(i8x16.shuffle(four, four, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7), four)
  return min(f32x4.extract_lane(two, 0), f32x4.extract_lane(two, 1))
}
