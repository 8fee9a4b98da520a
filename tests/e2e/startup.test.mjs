// What bad input gets at the start: one line that says what is wrong with what, and what to do; and an exit
// code for the cause.
import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { homeTest, RECORDING } from './support/home.mjs'
import { assertRefused, EXIT, voltbeacon, VOLTBEACON } from './support/program.mjs'
import { ROOT } from './support/scratch.mjs'

const COMMANDS = ['transmitter', 'receiver', 'demo', 'schema', 'help', 'version']

test('an unknown command, option or word is named, with a hint where to look', async () => {
  for (const [args, pattern] of [
    [['frobnicate'], /unknown command frobnicate; see voltbeacon help/],
    [['transmitter', '--colour', 'red'], /transmitter: unknown option --colour; see voltbeacon transmitter --help/],
    [['transmitter', '-z'], /unknown option -z/],
    [['receiver', '--colour'], /receiver: unknown option --colour/],
    [['demo', '--colour'], /demo: unknown option --colour/],
    [['schema', '--colour'], /schema: unknown option --colour/],
    [['transmitter', '--data'], /option --data needs a value/],
    [['transmitter', '--data', ''], /--data: the name of the folder is empty/],
    [['receiver', '--data', ''], /--data: the name of the folder is empty/],
    [['demo', '--data', ''], /--data: the name of the folder is empty/],
    [['transmitter', 'get', '--data', ''], /--data: the name of the folder is empty/],
    [['receiver', 'now'], /unknown command now; expected status/],
    [['transmitter', '--name', 'x', 'now'], /unexpected argument now/],
    [['schema', '--format', 'xml'], /--format is markdown or tags, not xml/],
  ])
    await assertRefused(args, pattern)
})

test('a value that an option does not accept is named, with what it does', async () => {
  for (const [args, pattern] of [
    [['transmitter', '--speed', '0'], /--speed 0: expected a number above 0, at most 1000/],
    [['transmitter', '--speed', 'fast'], /--speed fast/],
    [['transmitter', '--name', 'a'.repeat(32)], /--name a{32}: expected a text of at most 31 bytes/],
    [['transmitter', '--name', 'two\tparts'], /--name two\tparts: expected a text of at most 31 bytes/],
    [['transmitter', '--mac', '02:1a'], /--mac 02:1a: expected the form 02:1a:2b:3c:4d:5e/],
    [['transmitter', '--log', 'loud'], /--log loud: expected error, warning, info or debug/],
    [['receiver', '--log', 'loud'], /--log loud/],
    [['demo', '--speed', '-1'], /--speed -1/],
  ])
    await assertRefused(args, pattern)
})

test('no command at all lists the commands, as wrong usage; help and version exit with 0', async () => {
  assert.equal((await voltbeacon([])).code, EXIT.USAGE)
  const help = await voltbeacon(['help'])
  assert.equal(help.code, 0)
  for (const command of COMMANDS) {
    assert.match(help.stdout, new RegExp(`^ +${command} `, 'm'))
    if (['help', 'version'].includes(command)) continue
    const { code, stdout } = await voltbeacon([command, '--help'])
    assert.equal(code, 0)
    assert.match(stdout, new RegExp(`^usage: voltbeacon ${command}`))
    assert.equal((await voltbeacon(['help', command])).stdout, stdout)
  }
  await assertRefused(['help', 'fly'], /unknown command fly; see voltbeacon help/)
  assert.match((await voltbeacon(['version'])).stdout, /^voltbeacon \d+\.\d+\.\d+ /)
})

homeTest('an impossible link or address is named', async (home) => {
  const data = ['--data', home.path('x')]
  for (const [args, pattern, exit] of [
    [['transmitter', ...data, '--link', 'radio'], /--link: "radio" is not a link; use udp/],
    [['transmitter', ...data, '--link', 'udp:port=0'], /port is "0", it must be 1 to 65534/],
    [['receiver', ...data, '--link', 'udp:colour=red'], /unknown key "colour"; expected port, group or bind/],
    [['receiver', ...data, ...home.link, '--http', '8080'], /8080/],
    [['receiver', ...data, ...home.link, '--http', '127.0.0.1:99999'], /127\.0\.0\.1:99999/],
    [
      ['receiver', ...data, ...home.link, '--http', '0.0.0.0:0'],
      /no login yet; use 127\.0\.0\.1, or --insecure-no-login/,
    ],
    [
      ['receiver', ...data, '--link', `udp:port=${home.linkPort},bind=192.0.2.77`, '--http', '127.0.0.1:0'],
      /192\.0\.2\.77.*no such address/,
      EXIT.NO_HOST,
    ],
    [
      ['transmitter', ...data, '--link', 'udp:group=192.168.1.255'],
      /neither encrypted nor authenticated yet.*--insecure-open-link/,
    ],
  ]) {
    await assertRefused(args, pattern, { exit })
    assert.ok(!existsSync(home.path('x')), `${args.join(' ')} has left a data folder behind`)
  }
  await assertRefused(
    ['receiver', ...data, ...home.link, '--http', '192.0.2.77:0', '--insecure-no-login'],
    /192\.0\.2\.77/,
    { exit: EXIT.NO_HOST },
  )
})

homeTest('a port in use is reported as such', async (home) => {
  const other = createServer()
  await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve))
  home.onClose(() => other.close())
  const http = `127.0.0.1:${other.address().port}`
  await assertRefused(
    ['receiver', '--data', home.path('receiver'), ...home.link, '--http', http],
    new RegExp(`${http} is in use by another program; stop it or choose another port`),
    { exit: EXIT.UNAVAILABLE },
  )
})

homeTest('A6: two daemons never share a data folder', async (home) => {
  const { receiver, transmitter } = await home.pair()
  for (const device of [receiver, transmitter]) {
    const http = device === receiver ? ['--http', '127.0.0.1:0'] : []
    await assertRefused(
      [device.role, '--data', device.data, ...home.link, ...http],
      /is used by another voltbeacon; stop that one, or give this one a folder of its own with --data/,
      { exit: EXIT.TEMPORARY },
    )
  }
  await assertRefused(['transmitter', '--data', receiver.data, ...home.link], /is used by another voltbeacon/, {
    exit: EXIT.TEMPORARY,
  })
  await home.meets(receiver, transmitter) // they run on
})

homeTest('a data folder that cannot be used is named', async (home) => {
  writeFileSync(home.path('file'), '')
  const exit = EXIT.CANT_CREATE
  await assertRefused(['transmitter', '--data', home.path('file'), ...home.link], /file/, { exit })
  await assertRefused(['receiver', '--data', home.path('file/below'), ...home.link, '--http', '127.0.0.1:0'], /file/, {
    exit,
  })
})

homeTest(
  'an unreadable recording, or one of no known layout, is named with the line and what was expected',
  async (home) => {
    const [header, ...rows] = readFileSync(RECORDING, 'ascii').trimEnd().split('\n')
    const write = (name, lines) => {
      writeFileSync(home.path(name), lines.join('\n'))
      return `csv:${home.path(name)}`
    }
    for (const [source, pattern, exit] of [
      ['tape', /--source:.*tape/],
      ['sim:colour=red', /source sim has no option "colour"; expected .*cells/],
      ['sim:cells=0', /cells/],
      [`csv:${home.path('missing.csv')}`, /missing\.csv: No such file/, EXIT.NO_INPUT],
      [`csv:${home.folder}`, /directory/i, EXIT.NO_INPUT],
      [write('empty.csv', []), /empty\.csv.*/, EXIT.DATA],
      [write('head.csv', [header]), /head\.csv/, EXIT.DATA],
      [
        write('other.csv', ['time;volts', '1;2']),
        /begins with "time"; files that are read are of LeafSpy Pro/,
        EXIT.DATA,
      ],
      [
        write('hole.csv', [header.replace('c02_mv,', ''), ...rows]),
        /line 1 names cell 96 and not cell 2, expected/,
        EXIT.DATA,
      ],
      [write('binary.csv', ['\x00\x01\x02\x03'.repeat(500)]), /line 1/, EXIT.DATA],
      [write('long.csv', ['x'.repeat(200000)]), /line 1/, EXIT.DATA],
      [write('other.log', ['time;volts', '1;2']).replace('csv:', 'candump:'), /of its 2 lines none is/, EXIT.DATA],
      [
        write('fields.csv', [Array(2000).fill('x'.repeat(20)).join(',')]),
        /begins with "x+"; files that are read/,
        EXIT.DATA,
      ],
      [write('word.csv', [header, rows[1].replace(/^[^,]*/, 'noon')]), /line 2.*noon/, EXIT.DATA],
    ]) {
      const line = await assertRefused(
        ['transmitter', '--data', home.path('t'), ...home.link, '--source', source],
        pattern,
        { exit },
      )
      assert.ok(line.length <= 400, `${line.length}: ${line}`)
      assert.ok(!existsSync(home.path('t')), `--source ${source} has left a data folder behind`)
    }
  },
)

homeTest('an unreadable row in a recording is skipped and reported, and the rest is played', async (home) => {
  const [header, ...rows] = readFileSync(RECORDING, 'ascii').trimEnd().split('\n')
  writeFileSync(home.path('torn.csv'), [header, ...rows.slice(0, 3), rows[3].slice(0, 40), ...rows.slice(4)].join('\n'))
  const transmitter = await home.transmitter({ source: `csv:${home.path('torn.csv')}`, args: ['--speed', '200'] })
  await transmitter.says(/line 5.*skipping that row/)
  await transmitter.says(/the recording has ended/, { timeoutMs: 15000 })
  assert.equal((await transmitter.status()).readings, rows.length - 1)
})

homeTest('A4: a receiver whose database is damaged moves it aside, says so loudly, and starts afresh', async (home) => {
  const { receiver, transmitter, mac } = await home.pair()
  await receiver.stop()
  const damage = 'this was a database\n'.repeat(500)
  writeFileSync(receiver.databaseFile, damage)

  const again = await home.receiver()
  const { store } = await again.get('/api/v1/receiver')
  assert.match(store.recovered, /was damaged and was moved to .*corrupt/)
  await again.says(/error: .*damaged|error: .*not a database/)
  const aside = readdirSync(receiver.data).filter((name) => /corrupt-[^-]*$/.test(name))
  assert.equal(aside.length, 1, String(readdirSync(receiver.data)))
  assert.equal(readFileSync(`${receiver.data}/${aside[0]}`, 'latin1'), damage)
  await home.meets(again, transmitter)
  assert.equal((await again.edit(mac, 'mqtt', { port: 1884 })).state, 'confirmed')
  await again.stop()
  const third = await home.receiver()
  assert.equal((await third.get('/api/v1/receiver')).store.recovered, null)
})

homeTest(
  'A6: a transmitter whose database is damaged refuses to start, says what to do, and touches nothing',
  async (home) => {
    const transmitter = await home.transmitter()
    await transmitter.stop()
    const whole = readFileSync(transmitter.databaseFile)
    const torn = Buffer.concat([whole.subarray(0, whole.length / 2), Buffer.alloc(whole.length / 2, 0x5a)])
    for (const damage of [Buffer.from('this was a database\n'.repeat(500)), torn, Buffer.alloc(0)]) {
      writeFileSync(transmitter.databaseFile, damage)
      await assertRefused(
        ['transmitter', '--data', transmitter.data, ...home.link],
        /voltbeacon\.db.*put a backup in its place, or move .* away yourself/,
        { exit: EXIT.DATA },
      )
      assert.deepEqual(readFileSync(transmitter.databaseFile), damage)
    }
    writeFileSync(transmitter.databaseFile, whole)
    const again = await home.transmitter()
    assert.equal(again.mac, transmitter.mac)
  },
)

homeTest('G0: data folder, database and control socket are accessible to their owner only', async (home) => {
  const { receiver, transmitter } = await home.pair()
  for (const device of [receiver, transmitter]) {
    assert.equal(statSync(device.data).mode & 0o777, 0o700)
    for (const name of readdirSync(device.data)) {
      assert.equal(statSync(`${device.data}/${name}`).mode & 0o077, 0, `${device.role}: ${name}`)
    }
  }
})

homeTest('G0: files that others could read are reported, and made private again', async (home) => {
  const { receiver, transmitter } = await home.pair()
  for (const device of [receiver, transmitter]) {
    await device.stop()
    for (const name of readdirSync(device.data).filter((each) => each !== 'recordings'))
      chmodSync(`${device.data}/${name}`, 0o644)
    const again = await home[device.role]()
    await again.says(/others could read or write .*voltbeacon\.db \(mode 644\); its mode is 600 now/)
    for (const name of readdirSync(device.data).filter((each) => each !== 'recordings')) {
      assert.equal(statSync(`${device.data}/${name}`).mode & 0o077, 0, `${device.role}: ${name}`)
    }
  }
})

homeTest(
  'A6: if the data folder is removed while a transmitter runs, no change is lost: it is refused',
  async (home) => {
    const transmitter = await home.transmitter()
    await transmitter.set('mqtt.port=1885')
    renameSync(transmitter.data, `${transmitter.data}.away`)
    const status = async (dir, ...words) => await voltbeacon(['transmitter', ...words, '--data', dir])
    const set = await status(`${transmitter.data}.away`, 'set', 'mqtt.port=1886')
    assert.equal(set.code, 1)
    assert.match(set.stderr, /could not be stored; nothing was changed/)
    await transmitter.says(/was removed or replaced while in use; put it back, or restart/)
    renameSync(`${transmitter.data}.away`, transmitter.data)
    await transmitter.set('mqtt.port=1887')
  },
)

test('every line of help fits a terminal, and continuation lines are aligned', async () => {
  for (const command of [...COMMANDS.filter((each) => each !== 'version'), 'analyse', 'record']) {
    const { stdout } = await voltbeacon(command === 'help' ? ['help'] : [command, '--help'])
    const lines = stdout.trimEnd().split('\n')
    for (const line of lines) assert.ok(line.length <= 100, `${command}: ${line}`)
    const item = lines.findIndex((line) => /^ +csv:FILE +a table/.test(line))
    if (item < 0) continue
    const column = lines[item].indexOf('a table')
    assert.equal(lines[item + 1].search(/\S/), column, `${command}:\n${lines[item]}\n${lines[item + 1]}`)
  }
})

test('an unreadable disk is told apart from an empty file', async (t) => {
  const broken = '/sys/class/net/lo/speed' // has 4096 bytes, and answers each read with EINVAL
  if (!existsSync(broken)) return t.skip('there is no file here that cannot be read')
  for (const kind of ['csv', 'candump', 'recording']) {
    for (const args of [['record', '--out', '/nowhere/out'], ['transmitter']])
      await assertRefused(
        [...args, '--source', `${kind}:${broken}`],
        /cannot read recording \/sys\/class\/net\/lo\/speed: Invalid argument/,
        { exit: EXIT.IO },
      )
  }
})

test('every exit code is listed by help and by the manual page', async () => {
  const manual = readFileSync(`${ROOT}/packaging/voltbeacon.1`, 'utf8')
  for (const command of ['transmitter', 'receiver', 'demo', 'record']) {
    const { stdout } = await voltbeacon([command, '--help'])
    for (const code of Object.values(EXIT)) {
      assert.match(stdout, new RegExp(`^ +${code}  \\w`, 'm'), `${command}: ${code}`)
      assert.match(manual, new RegExp(`^\\.TP\n${code}\n`, 'm'), `the manual page: ${code}`)
    }
  }
})

homeTest('A6: a folder removed and recreated under the same name still belongs to the running daemon', async (home) => {
  const { receiver, transmitter } = await home.pair()
  for (const device of [receiver, transmitter]) {
    const start = [device.role, '--data', device.data, ...home.link]
    renameSync(device.data, `${device.data}.away`)
    await assertRefused(start, /a voltbeacon runs on a data folder .* removed or moved since; stop that one/, {
      exit: EXIT.TEMPORARY,
    })
    rmSync(device.data, { recursive: true })
    renameSync(`${device.data}.away`, device.data)
    await device.kill() // the name ends with the process, however it ends
    await home[device.role]()
  }
})

homeTest('a lack of permission is reported, with its exit code', async (home) => {
  mkdirSync(home.path('closed'), { mode: 0 })
  const nobody = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {}
  const refuse = (args) => assertRefused(args, /closed.*Permission denied/, { exit: EXIT.NO_PERMISSION, ...nobody })
  await refuse(['transmitter', '--data', home.path('closed/data'), ...home.link])
  await refuse(['receiver', '--data', home.path('closed/data'), ...home.link, '--http', '127.0.0.1:0'])
  await refuse(['record', '--source', 'sim', '--out', home.path('closed/out')])
})

homeTest('a store of a newer version is left alone, with its exit code', async (home) => {
  const { receiver, transmitter } = await home.pair()
  for (const device of [receiver, transmitter]) {
    await device.stop()
    const bytes = readFileSync(device.databaseFile)
    bytes.writeUInt32BE(4711, 60) // user_version, https://www.sqlite.org/fileformat.html
    writeFileSync(device.databaseFile, bytes)
    await assertRefused(
      [device.role, '--data', device.data, ...home.link],
      /was written by a newer voltbeacon \(layout 4711/,
      { exit: EXIT.CONFIG },
    )
    assert.deepEqual(readFileSync(device.databaseFile), bytes)
  }
})

homeTest('running out of descriptors is told apart from wrong usage', async (home) => {
  const { code, stderr } = await voltbeacon(
    [
      '-c',
      'ulimit -n 12; exec "$0" "$@"',
      VOLTBEACON,
      'receiver',
      '--data',
      home.path('r'),
      ...home.link,
      '--http',
      '127.0.0.1:0',
    ],
    { program: 'sh' },
  )
  assert.equal(code, EXIT.SYSTEM, stderr)
  assert.match(stderr, /^voltbeacon: receiver: .*(descriptor|see the log|Too many open files)/m)
})

homeTest('record never overwrites a file', async (home) => {
  writeFileSync(home.path('out'), 'mine')
  await assertRefused(
    ['record', '--source', 'sim', '--out', home.path('out')],
    /cannot create .*File exists; choose another/,
    { exit: EXIT.CANT_CREATE },
  )
  assert.equal(readFileSync(home.path('out'), 'utf8'), 'mine')
})
