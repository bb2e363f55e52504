import { test } from 'tap'
import { Shortcuts } from './shortcuts.ts'

test('single keys act, `g` and a letter go to a page', (t) => {
  const { press, done } = start()
  for (const key of ['/', '?', 'p', 'g', 'o', 'o', 'g', 'x', 'n']) press(key)
  t.strictSame(done, ['filter', 'help', 'pause', 'go o'])
  t.end()
})

test('a key in a text field, with a modifier, or switched off does nothing', (t) => {
  const { press, done, settings } = start()
  press('p', { isInText: true })
  press('p', { hasModifier: true })
  settings.isOn = false
  press('p')
  t.strictSame(done, [])
  t.end()
})

function start() {
  const done: string[] = []
  const settings = { isOn: true }
  const actions = {
    filter: () => void done.push('filter'),
    help: () => void done.push('help'),
    pause: () => void done.push('pause'),
    go: (letter: string) => void done.push(`go ${letter}`),
  }
  const shortcuts = new Shortcuts(actions, 'on', () => settings.isOn)
  const press = (key: string, more: object = {}) =>
    shortcuts.take({ key, hasModifier: false, isInText: false, ...more })
  return { press, done, settings }
}
