import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import ts from 'typescript'

/**
 * Modules that start a server, a browser or a training run. A test that imports one has this suffix in its file name
 * (`x.server.test.ts`), and `npm run test:fast` omits it. `training` includes evaluations on a data set.
 */
const starters = {
  server: ['src/demo/orthanc-process.ts', 'src/benchmark/redis-process.ts', 'test/servers/prometheus-server.ts'],
  browser: ['playwright-core', 'test/servers/vulkan-driver.ts'],
  training: [
    'src/training/atlas/fit-data-term.ts',
    'src/training/evaluation/out-of-domain.ts',
    'src/training/fine-tuning/fine-tune.ts',
    'test/training/shared-children.ts',
    'test/training/synthetic-children.ts',
  ],
} as const

const starterNames: readonly string[] = Object.values(starters).flat()
const importsOf = new Map<string, readonly string[]>()

/** The modules from which a file imports values: paths from the project's root, or package names. */
function valueImports(file: string): readonly string[] {
  let imports = importsOf.get(file)
  if (imports === undefined) {
    const { statements } = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest)
    imports = statements.flatMap((statement) => {
      const specifier = valueSpecifier(statement)
      if (specifier === undefined) return []
      return [specifier.startsWith('.') ? join(dirname(file), specifier) : specifier]
    })
    importsOf.set(file, imports)
  }
  return imports
}

function valueSpecifier(statement: ts.Statement): string | undefined {
  if (ts.isImportDeclaration(statement)) {
    if (statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword) return undefined
    return (statement.moduleSpecifier as ts.StringLiteral).text
  }
  if (!ts.isExportDeclaration(statement) || statement.isTypeOnly) return undefined
  return (statement.moduleSpecifier as ts.StringLiteral | undefined)?.text
}

/** The starters that a test file reaches through its imports. */
function reachedStarters(testFile: string): string[] {
  const seen = new Set([testFile])
  for (const file of seen) {
    const isOurs = /^(src|test)\/.*\.[jt]s$/.test(file)
    if (isOurs && !starterNames.includes(file)) for (const imported of valueImports(file)) seen.add(imported)
  }
  return starterNames.filter((name) => seen.has(name))
}

const suffixOf = (file: string): string | undefined => /\.(server|browser|training)\.test\.ts$/.exec(file)?.[1]

describe('the name of a test file', () => {
  const files = globSync('test/**/*.test.ts')

  it('has a suffix that names a server, a browser or a training run if the test needs one', () => {
    const wrong = files.flatMap((file) => {
      const reached = reachedStarters(file)
      const suffix = suffixOf(file) as keyof typeof starters | undefined
      const isNamed = suffix !== undefined && starters[suffix].some((starter) => reached.includes(starter))
      return reached.length === 0 || isNamed ? [] : [`${file} reaches ${reached.join(', ')}`]
    })
    expect(wrong).to.deep.equal([])
  })

  it('has no suffix if the test imports no such module and starts no program', () => {
    const wrong = files.filter(
      (file) =>
        suffixOf(file) !== undefined &&
        reachedStarters(file).length === 0 &&
        !valueImports(file).includes('node:child_process'),
    )
    expect(wrong).to.deep.equal([])
  })

  it('is checked with starter modules that some test reaches', () => {
    const reached = new Set(files.flatMap(reachedStarters))
    expect([...reached]).to.have.members(starterNames)
  })
})
