import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageFile } from './package-file.ts'

/** A file of a page, ready to be sent. */
export type Asset = {
  readonly type: string
  readonly etag: string
  /** True for a name with a hash in it: what it holds never changes. */
  readonly isImmutable: boolean
  readonly bytes: Buffer
  readonly gzip: Buffer | undefined
  readonly br: Buffer | undefined
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
}
/** As Vite names what it bundles: `main-B2xYz_01.js`. */
const HASHED = /-[\w-]{8}\.(?:js|css)$/

/** Where the build puts the page `name`. */
export function pageFolder(name: string): string {
  return fileURLToPath(packageFile(`dist/ui/${name}/`))
}

/**
 * The files of a built page by their path, e.g. `/assets/main-x.js`; `/` is `index.html`. They are read once: no request
 * ever becomes the path of a file. Empty where the page was not built.
 */
export async function readAssets(folder: string): Promise<ReadonlyMap<string, Asset>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile() && TYPES[extname(entry.name)])
  const assets = await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const file = join(parentPath, name)
      const path = `/${relative(folder, file).split(sep).join('/')}`
      return [path === '/index.html' ? '/' : path, await readAsset(file)] as const
    }),
  )
  return new Map(assets)
}

/** The form of an asset that a browser takes, and its `Content-Encoding`. */
export function encode(
  asset: Asset,
  acceptEncoding: string | undefined,
): { readonly bytes: Buffer; readonly encoding: 'br' | 'gzip' | undefined } {
  const taken = new Set(
    (acceptEncoding ?? '')
      .split(',')
      .map((part) => part.trim().toLowerCase())
      .filter((part) => !/;\s*q=0(\.0*)?$/.test(part))
      .map((part) => part.split(';', 1)[0]),
  )
  if (asset.br && taken.has('br')) return { bytes: asset.br, encoding: 'br' }
  if (asset.gzip && taken.has('gzip')) return { bytes: asset.gzip, encoding: 'gzip' }
  return { bytes: asset.bytes, encoding: undefined }
}

async function readAsset(file: string): Promise<Asset> {
  const [bytes, gzip, br] = await Promise.all([
    readFile(file),
    readFile(`${file}.gz`).catch(() => undefined),
    readFile(`${file}.br`).catch(() => undefined),
  ])
  return {
    type: TYPES[extname(file)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    isImmutable: HASHED.test(file),
    bytes,
    gzip,
    br,
  }
}
