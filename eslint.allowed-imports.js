import { dirname, relative, resolve, sep } from 'node:path'

/**
 * What pure files may import. Paths are relative to `src`; a folder ends with `/`.
 * @typedef {object} Allowed
 * @property {readonly string[]} own the pure files, which may import each other
 * @property {readonly string[]} except parts of the allowed folders that are still refused
 * @property {readonly string[]} imports other folders and files
 * @property {readonly string[]} types files that allow only type imports
 * @property {Readonly<Record<string, '*' | readonly string[]>>} libraries by name, each with its allowed exports
 */

/**
 * The import syntax that this rule reads. ESLint's own types do not cover TypeScript.
 * @typedef {{ name?: string, value?: unknown }} Name
 * @typedef {{ type: string, imported?: Name, local: Name }} Specifier
 * @typedef {object} Source a literal, unless it is computed
 * @typedef {{ source: Source }} From
 * @typedef {{ source: Source, importKind?: string, specifiers: readonly Specifier[] }} Import
 * @typedef {{ source?: Source | null | undefined, exportKind?: string, specifiers: readonly Specifier[] }} Export
 */

/**
 * Refuses imports that its options do not allow, in every form: `import`, `import()`, `export … from`, `require`
 * and `import('…').Type`.
 * @type {import('eslint').Rule.RuleModule}
 */
export const allowedImports = {
  meta: {
    type: 'problem',
    schema: [{ type: 'object' }],
    messages: {
      refused:
        'Pure code may not import {{what}}. Take the value as an argument, or allow the import in eslint.purity.js.',
    },
  },
  create(context) {
    const options = /** @type {readonly Allowed[]} */ (context.options)
    const allowed = /** @type {Allowed} */ (options[0])

    /**
     * @param {unknown} node
     * @param {Source | undefined} source
     * @param {{ typesOnly?: boolean, names?: readonly string[] }} [how] no names means all exports
     */
    function check(node, source, { typesOnly = false, names = ['*'] } = {}) {
      const specifier = source !== undefined && 'value' in source ? source.value : undefined
      const what = refusedImport(specifier, typesOnly, names)
      if (what === undefined) return
      context.report({ node: /** @type {import('eslint').Rule.Node} */ (node), messageId: 'refused', data: { what } })
    }

    /**
     * @param {unknown} specifier
     * @param {boolean} typesOnly
     * @param {readonly string[]} names
     * @returns {string | undefined}
     */
    function refusedImport(specifier, typesOnly, names) {
      if (typeof specifier !== 'string') return 'a computed module name'
      if (!specifier.startsWith('.')) {
        return mayImportLibrary(specifier, names, allowed) ? undefined : `${names.join(', ')} of ${specifier}`
      }
      const path = relative(resolve(context.cwd, 'src'), resolve(dirname(context.filename), specifier))
        .split(sep)
        .join('/')
      return mayImportFile(path, typesOnly, allowed) ? undefined : path
    }

    return {
      ImportDeclaration: (/** @type {Import} */ node) => {
        check(node, node.source, { typesOnly: node.importKind === 'type', names: namesOf(node.specifiers) })
      },
      ExportNamedDeclaration: (/** @type {Export} */ node) => {
        if (!node.source) return
        check(node, node.source, { typesOnly: node.exportKind === 'type', names: namesOf(node.specifiers) })
      },
      ExportAllDeclaration: (/** @type {{ source: Source, exportKind?: string }} */ node) => {
        check(node, node.source, { typesOnly: node.exportKind === 'type' })
      },
      ImportExpression: (/** @type {From} */ node) => {
        check(node, node.source)
      },
      'CallExpression[callee.name="require"]': (/** @type {{ arguments: readonly Source[] }} */ node) => {
        check(node, node.arguments[0])
      },
      TSExternalModuleReference: (/** @type {{ expression: Source }} */ node) => {
        check(node, node.expression)
      },
      TSImportType: (/** @type {From} */ node) => {
        check(node, node.source, { typesOnly: true })
      },
    }
  },
}

/**
 * @param {readonly Specifier[]} specifiers
 * @returns {readonly string[]} names; `default` and `*` for default and namespace imports
 */
function namesOf(specifiers) {
  return specifiers.map(({ type, imported, local }) => {
    if (type === 'ImportDefaultSpecifier') return 'default'
    const { name, value } = imported ?? local
    return type === 'ImportNamespaceSpecifier' ? '*' : (name ?? String(value))
  })
}

/**
 * @param {string} path
 * @param {boolean} typesOnly
 * @param {Allowed} allowed
 */
function mayImportFile(path, typesOnly, { own, except, imports, types }) {
  if (isAmong(path, except)) return false
  return isAmong(path, own) || isAmong(path, imports) || (typesOnly && isAmong(path, types))
}

/**
 * @param {string} path
 * @param {readonly string[]} places
 */
function isAmong(path, places) {
  return places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place))
}

/**
 * @param {string} library
 * @param {readonly string[]} names
 * @param {Allowed} allowed
 */
function mayImportLibrary(library, names, { libraries }) {
  const known = Object.hasOwn(libraries, library) ? libraries[library] : undefined
  if (known === undefined) return false
  return known === '*' || (names.length > 0 && names.every((name) => known.includes(name)))
}
