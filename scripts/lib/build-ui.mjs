import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { modifiedMs, newestMs } from './newest.mjs'
import { ROOT } from './run.mjs'

/** The browser code of the package: where it lies, what it is made of, and where it goes. */
const PAGES = [
  {
    root: 'server/dashboard/ui',
    sources: ['server/dashboard/ui', 'server/dashboard/contract.ts', 'console', 'protocol'],
    out: 'dist/ui/dashboard',
  },
  {
    root: 'agent/gui',
    sources: [
      ...['agent/gui', 'agent/contract.ts', 'agent/connection-string-lines.ts'],
      ...['console', 'protocol'],
    ],
    out: 'dist/ui/hcm',
  },
]
const BROWSER_CODE = /\.(?:tsx?|css|html|svg)$/
/** What the browser loads is also kept compressed, so that no request costs that. */
const COMPRESSED = /\.(?:html|js|css|svg|txt)$/

/** Builds the pages whose sources are newer than what was built of them. Rejects with the errors of the build. */
export async function buildPages() {
  for (const page of PAGES) {
    const out = join(ROOT, page.out)
    const builtMs = await modifiedMs(join(out, 'index.html'))
    if (
      builtMs >
      (await newestMs(
        page.sources.map((path) => join(ROOT, path)),
        BROWSER_CODE,
      ))
    )
      continue
    // Loaded here: who has nothing to build does not wait for it.
    const { build } = await import('vite')
    await rm(out, { recursive: true, force: true })
    await build({
      root: join(ROOT, page.root),
      configFile: false,
      base: './',
      logLevel: 'warn',
      build: {
        outDir: out,
        emptyOutDir: true,
        target: 'es2023',
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        license: { fileName: 'THIRD-PARTY-LICENSES.txt' },
      },
    })
    await compress(out)
  }
}

async function compress(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile() && COMPRESSED.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
  await Promise.all(
    files.map(async (file) => {
      const bytes = await readFile(file)
      await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }))
      await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes))
    }),
  )
}
