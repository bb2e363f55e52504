import { chmodSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { test } from 'tap'
import { findProgramFile, isNodeProgram } from './app-program-file.ts'

const skip = process.platform === 'win32' && 'Windows has no modes and first lines'

test(
  'Node programs are known by name or by the first line of their script',
  { skip },
  async (t) => {
    const folder = t.testdir({
      tool: '#!/usr/bin/env node\n',
      flagged: '#!/usr/bin/env -S node --no-warnings\n',
      shell: '#!/bin/sh\nnode\n',
      data: 'node',
      empty: '',
    })
    for (const name of ['tool', 'flagged', 'shell', 'empty'])
      chmodSync(path.join(folder, name), 0o755)
    const env = { PATH: `/nonexistent:${folder}` }
    for (const word of ['node', '/opt/bin/node', 'npx', 'tool', './tool', 'flagged']) {
      t.equal(isNodeProgram(word, folder, env), true, word)
    }
    for (const word of ['shell', 'data', 'empty', 'curl', './none', 'nodemon']) {
      t.equal(isNodeProgram(word, folder, env), false, word)
    }
    t.equal(findProgramFile('tool', '/', env), path.join(folder, 'tool'))
    t.equal(findProgramFile('./shell', folder, {}), path.join(folder, 'shell'))
    t.equal(findProgramFile('data', folder, env), undefined, 'it may not be run')
    t.equal(findProgramFile('.', folder, env), undefined)
  },
)
