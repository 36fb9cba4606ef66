import { expect } from 'chai'
import { z } from 'zod'
import { declarationsOf } from '../../src/settings/declarations.ts'
import { describeUnknownSetting } from '../../src/settings/derived/unknown-setting.ts'
import { section, setting, subsection } from '../../src/settings/setting.ts'
import { settingsSchema } from '../../src/settings/settings.ts'
import { allSettings, nameOf } from './samples.ts'

const declared = setting(z.string(), { description: 'A setting.', takesEffect: 'live' })

describe('declarations of settings', () => {
  it('cover every setting of the schema', () => {
    const names = declarationsOf(settingsSchema).map(({ path }) => path.join('.'))
    expect(names).to.include.members(['StateDir', 'Http.Tls', 'Http.Tls.KeyFile', 'Intake.Qido.Days'])
  })

  it('throw for a setting or section without a declared nature, at any depth', () => {
    const forgotten = z.strictObject({ Known: declared, Forgotten: z.string() })
    const about = { description: 'A section.' }
    const message = (schema: z.ZodType) => () => declarationsOf(z.strictObject({ Part: schema }))
    expect(() => declarationsOf(forgotten)).to.throw('Forgotten is a setting without a declared nature')
    expect(message(subsection(forgotten.optional(), about))).to.throw('Part.Forgotten is a setting')
    expect(message(subsection(z.union([z.boolean(), forgotten]).default(false), about))).to.throw('Part.Forgotten')
    expect(message(z.strictObject({ Known: declared }))).to.throw('Part is a section')
  })

  it('do not compile without a nature or without takesEffect', () => {
    // @ts-expect-error a schema without a nature
    section({ Forgotten: z.string() })
    // @ts-expect-error neither live nor after a restart
    setting(z.string(), { description: 'A setting.' })
    expect(Object.keys(section({ Known: declared }).shape)).to.deep.equal(['Known'])
  })

  it('mark settings named like files as paths and settings named like secrets as secrets', () => {
    const named = (pattern: RegExp) => allSettings.filter(({ path }) => pattern.test(path.at(-1) ?? ''))
    const files = named(/(File|Dir)$/)
    const secrets = named(/(Password|Token|Secret|Key)$/)
    expect(files).to.have.length.above(5)
    expect(secrets).to.have.length.above(5)
    expect(
      files.filter(({ nature: { holds } }) => holds !== 'path' && holds !== 'authority').map(nameOf),
    ).to.deep.equal([])
    expect(secrets.filter(({ nature }) => nature.holds !== 'secret').map(nameOf)).to.deep.equal([])
  })

  it('suggest a setting for each of its other names, which no setting has as its name', () => {
    const names = allSettings.map(nameOf)
    for (const one of allSettings)
      for (const other of one.nature.otherNames ?? []) {
        expect(names).to.not.include(other)
        expect(describeUnknownSetting(`LungTriage.${other}`)).to.include(`LungTriage.${nameOf(one)}`)
      }
    expect(describeUnknownSetting('LungTriage.Results.Colour')).to.equal('is not a known setting')
  })
})
