import { test } from 'tap'
import { defaultDataDir } from './data-dir.ts'

test('data lies where each system keeps the data of a person', async (t) => {
  for (const [platform, homeDir, env, expected] of [
    ['linux', '/home/ada', {}, '/home/ada/.local/share/relay-emulator'],
    ['linux', '/home/ada', { XDG_DATA_HOME: '/data/ada' }, '/data/ada/relay-emulator'],
    ['linux', '/home/ada', { XDG_DATA_HOME: 'relative' }, '/home/ada/.local/share/relay-emulator'],
    ['linux', '/home/ada', { XDG_DATA_HOME: '' }, '/home/ada/.local/share/relay-emulator'],
    ['darwin', '/Users/ada', {}, '/Users/ada/Library/Application Support/relay-emulator'],
    ['win32', 'C:\\Users\\ada', {}, 'C:\\Users\\ada\\AppData\\Local\\relay-emulator'],
    ['win32', 'C:\\Users\\ada', { LOCALAPPDATA: 'D:\\Local' }, 'D:\\Local\\relay-emulator'],
  ] as const) {
    t.equal(defaultDataDir({ platform, homeDir, env }), expected)
  }
})
