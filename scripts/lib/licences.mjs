import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ROOT } from './run.mjs'

/** The licences of the packages that `files` are from, as their authors ask: by paths as esbuild's metafile has them. */
export async function licencesOf(files) {
  const folders = new Set(files.flatMap((file) => PACKAGE.exec(file)?.[0] ?? []))
  const texts = await Promise.all([...folders].sort((a, b) => (a < b ? -1 : 1)).map(licenceOf))
  // A package may be there more than once.
  return [...new Set(texts)].join(`\n${'-'.repeat(80)}\n\n`)
}

/** The folder of a package, e.g. `node_modules/a/node_modules/@b/c`. */
const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/
const LICENCE_FILE = /^(?:licen[cs]e|copying|notice)/i

async function licenceOf(folder) {
  const path = join(ROOT, folder)
  const { name, version, license, author } = JSON.parse(
    await readFile(join(path, 'package.json'), 'utf8'),
  )
  const files = (await readdir(path)).filter((file) => LICENCE_FILE.test(file)).sort()
  const texts = await Promise.all(files.map((file) => readFile(join(path, file), 'utf8')))
  const by = author === undefined ? '' : `, by ${author.name ?? author}`
  return `${[`${name} ${version}, ${license}${by}`, ...texts.map((text) => text.trim())].join('\n\n')}\n`
}
