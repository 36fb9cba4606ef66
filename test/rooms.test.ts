import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const root = fileURLToPath(new URL('..', import.meta.url))
const mostFilesInAFolder = 25
const mostFilesInTheRootOfSource = 8

/** Folders of test without the same folder in src: they test the whole program or a third-party program. */
const withoutCounterpart = ['chaos', 'config', 'docker', 'fuzz', 'servers', 'service/hospital']
  // Helpers of other tests: a reference implementation, programs to run, a viewer for results.
  .concat('lungs/reference', 'mutate', 'bootstrap/fixtures', 'report/viewer')

/**
 * The only path outside the repository that may occur in src: the demo uses this data set if it exists.
 */
const outside = ['../shared/data']

describe('the folder layout', () => {
  const folders = ['src', 'test'].flatMap(foldersUnder)

  it('has at most 25 files in each folder of src and test', () => {
    const full = folders.filter((folder) => filesIn(folder).length > mostFilesInAFolder)
    expect(full.map((folder) => `${folder}: ${filesIn(folder).length}`)).to.deep.equal([])
  })

  it('has at most eight files in the root of src', () => {
    expect(filesIn('src').length).to.be.at.most(mostFilesInTheRootOfSource)
  })

  it('has the same folder in src for each folder of test, except the listed ones', () => {
    const alone = folders
      .filter((folder) => folder.startsWith('test/') && filesIn(folder).some((file) => file.endsWith('.ts')))
      .map((folder) => relative('test', folder))
      .filter((room) => !existsSync(join(root, 'src', room)))
    expect(alone.sort()).to.deep.equal(withoutCounterpart.sort())
  })

  it('has no path in src that leads into test or out of the repository', () => {
    const astray = folders
      .filter((folder) => folder === 'src' || folder.startsWith('src/'))
      .flatMap((folder) => filesIn(folder).map((name) => `${folder}/${name}`))
      .filter((file) => /\.[jt]s$/.test(file))
      .flatMap((file) => pathsIn(file).map((path) => ({ file, path })))
      .filter(({ path }) => /^(test|\.\.)(\/|$)/.test(path) && !outside.includes(path))
    expect(astray).to.deep.equal([])
  })
})

/** A folder and all folders below it. */
function foldersUnder(folder: string): string[] {
  const below = readdirSync(join(root, folder), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return [folder, ...below.flatMap(({ name }) => foldersUnder(`${folder}/${name}`))]
}

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
}

/** The relative paths that a file imports or opens, from the root of the repository. */
function pathsIn(file: string): string[] {
  const literals = readFileSync(join(root, file), 'utf8').matchAll(/(['"`])(\.{1,2}\/[^'"`$\s]*)/g)
  return [...literals].map(([, , path]) => relative(root, resolve(root, dirname(file), path!)))
}
