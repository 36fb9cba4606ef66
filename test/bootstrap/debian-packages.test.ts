import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { absentPackages } from '../../src/bootstrap/debian-packages.js'

const installer = fileURLToPath(new URL('../../src/bootstrap/install-debian-packages.sh', import.meta.url))

describe('missing Debian packages', () => {
  it('are listed (skipped without dpkg)', function () {
    if (spawnSync('dpkg-query', ['--version']).error) this.skip()
    expect(absentPackages(['dpkg', 'no-such-package-of-lung-triage'])).to.deep.equal(['no-such-package-of-lung-triage'])
  })
})

describe('the installer of Debian packages', () => {
  let dir: string
  let policy: string

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-installer-'))
    policy = join(dir, 'policy-rc.d')
    await mkdir(join(dir, 'bin'))
    // Stub of apt-get: records its arguments and policy-rc.d's exit code, and exits with APT_STATUS.
    await program(
      'apt-get',
      `echo "$*" >>"${dir}/calls"; "${policy}"; echo "policy $?" >>"${dir}/calls"; exit "$APT_STATUS"`,
    )
    // Like the real one, it works only when called by a maintainer script.
    const systemdHelper = `[ -n "\${DPKG_MAINTSCRIPT_PACKAGE:-}" ] || exit 1\necho "systemd $*" >>"${dir}/calls"`
    await program('deb-systemd-helper', systemdHelper)
    await program('update-rc.d', `echo "sysv $*" >>"${dir}/calls"`)
  })

  afterEach(() => rm(dir, { recursive: true }))

  it('installs without recommended packages, and neither starts nor enables services', async () => {
    expect(install(0, 'orthanc', 'dcmtk')).to.equal(0)
    const calls = await readFile(join(dir, 'calls'), 'utf8')
    expect(calls).to.match(/ install --no-install-recommends orthanc dcmtk\npolicy 101\n/)
    expect(calls).to.contain('systemd disable orthanc.service')
    expect(calls).not.to.contain('dcmtk.service')
    expect(existsSync(policy)).to.equal(false)
  })

  it("restores the administrator's policy-rc.d and fails if apt-get fails", async () => {
    await writeFile(policy, '#!/bin/sh\nexit 104\n', { mode: 0o755 })
    expect(install(100, 'orthanc')).to.equal(100)
    expect(await readFile(join(dir, 'calls'), 'utf8')).to.contain('policy 101')
    expect(await readFile(policy, 'utf8')).to.contain('exit 104')
    expect((await readdir(dir)).sort()).to.deep.equal(['bin', 'calls', 'policy-rc.d'])
  })

  it('restores policy-rc.d after a killed run', async () => {
    await writeFile(policy, '#!/bin/sh\n# lung-triage\nexit 101\n', { mode: 0o755 })
    await writeFile(`${policy}.before-lung-triage`, '#!/bin/sh\nexit 104\n', { mode: 0o755 })
    expect(install(0, 'orthanc')).to.equal(0)
    expect(await readFile(policy, 'utf8')).to.contain('exit 104')
  })

  function program(name: string, script: string): Promise<void> {
    return writeFile(join(dir, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }

  function install(aptStatus: number, ...packages: string[]): number | null {
    const PATH = `${join(dir, 'bin')}:${process.env['PATH'] ?? ''}`
    return spawnSync('sh', [installer, ...packages], {
      env: { PATH, POLICY_RC_D: policy, APT_STATUS: String(aptStatus) },
    }).status
  }
})
