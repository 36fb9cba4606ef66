import { expect } from 'chai'
import { convolution } from '../../../src/training/engine/convolution.ts'
import * as onnx from '../../../src/training/engine/onnx-operators.ts'
import { add, dense } from '../../../src/training/engine/operators.ts'
import { Tape } from '../../../src/training/engine/tape.ts'

describe('operators', () => {
  const parameter = (tape: Tape, ...shape: number[]) => tape.parameter(`p${shape.join('x')}`, shape)

  it('reject mismatched shapes when the graph is built, and name them', () => {
    const tape = new Tape('test')
    const matrix = parameter(tape, 3, 4)
    expect(() => dense(matrix, parameter(tape, 5, 2), parameter(tape, 2))).to.throw('[3, 4] and [5, 2]')
    expect(() => dense(matrix, parameter(tape, 4, 2), parameter(tape, 3))).to.throw('[3, 2] and [3]')
    expect(() => add(matrix, parameter(tape, 4, 3))).to.throw('[3, 4] and [4, 3]')
    expect(() => onnx.reshape(matrix, [5, 2])).to.throw('[3, 4] and [5, 2]')
    const image = parameter(tape, 1, 3, 8, 8)
    const plan = { stride: 1, padding: 0 }
    expect(() => convolution(image, parameter(tape, 2, 4, 1, 1), parameter(tape, 2), plan)).to.throw('[2, 4, 1, 1]')
  })

  it('reject a gradient whose shape differs from the value', () => {
    const tape = new Tape('test')
    const [row, matrix] = [parameter(tape, 4), parameter(tape, 3, 4)]
    const loss = onnx.sum(onnx.add(row, matrix))
    const recorded = tape.differentiable(loss, [row], () => [() => matrix])
    expect(() => tape.gradients(recorded)).to.throw('The gradient of p4 has shape [3, 4], expected [4]')
  })
})
