// The inner loops of localising lungs, compiled to WebAssembly with vectors (`npm run kernel`): they are most of the time lungs take.
export { denseSift, halveDescriptors } from './dense-sift'
export { matchingCosts, meanDistance } from './matching-costs'
export { propagateBeliefs } from './belief-propagation'
export { lungLogits } from './lung-logits'

/** Where memory is free for the caller's planes. */
export function freeMemory(): usize {
  return __heap_base
}
