import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { readKermany } from '../../../src/training/data/kermany.ts'

const header = 'split,label,patient,file,original_width,original_height,has_original,lung_mask,mask_evidence'

describe('readKermany', function () {
  let dir = ''

  beforeEach(async function () {
    dir = await mkdtemp(join(tmpdir(), 'kermany-'))
  })

  afterEach(async function () {
    await rm(dir, { recursive: true })
  })

  it('returns each row with its existing files', async function () {
    await mkdir(join(dir, 'kermany-original'))
    await mkdir(join(dir, 'lung-masks-224'))
    await writeFile(join(dir, 'kermany-original', 'a.jpeg'), '')
    await writeFile(join(dir, 'lung-masks-224', 'train-a.png'), '')
    await writeFile(
      join(dir, 'kermany.csv'),
      [header, 'train,bacterial,b1,a.jpeg,1240,792,1,a.png,dims-unique', 'test,normal,n2,c.jpeg,,,0,,', ''].join('\n'),
    )
    expect(await readKermany(dir)).to.deep.equal([
      {
        split: 'train',
        label: 'bacterial',
        patient: 'b1',
        file: 'a.jpeg',
        image224: join(dir, 'kermany-224', 'train', 'a.jpeg'),
        original: join(dir, 'kermany-original', 'a.jpeg'),
        originalSize: { width: 1240, height: 792 },
        mask224: join(dir, 'lung-masks-224', 'train-a.png'),
        maskEvidence: 'dims-unique',
      },
      {
        split: 'test',
        label: 'normal',
        patient: 'n2',
        file: 'c.jpeg',
        image224: join(dir, 'kermany-224', 'test', 'c.jpeg'),
        maskEvidence: 'none',
      },
    ])
  })

  it('reports the line and column of an invalid value', async function () {
    const wrong = [header, 'train,normal,n1,a.jpeg,,,0,,', 'train,healthy,n2,b.jpeg,,,0,,'].join('\n')
    await writeFile(join(dir, 'kermany.csv'), wrong)
    const message = await readKermany(dir).then(
      () => 'no error',
      (error: unknown) => String(error),
    )
    expect(message)
      .to.match(/kermany\.csv, line 3/)
      .and.match(/label/)
  })
})
