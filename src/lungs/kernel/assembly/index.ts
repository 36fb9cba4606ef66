// The inner loops of the lung localisation, which take most of its time, compiled to WebAssembly with vectors (`npm run
// kernel`).
export { denseSift, halveDescriptors } from './dense-sift'
export { matchingCosts, meanDistance } from './matching-costs'
export { propagateBeliefs } from './belief-propagation'
export { lungLogits } from './lung-logits'

/** Start of the memory that is free for the caller's planes. */
export function freeMemory(): usize {
  return __heap_base
}
