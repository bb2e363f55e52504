import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Asset, encode } from './assets.ts'

/** Serves the files of a page, exact names only. Hashed ones are kept for good, the others asked for again. */
export function assetRoutes(app: FastifyInstance, assets: ReadonlyMap<string, Asset>): void {
  for (const [path, asset] of assets) {
    app.get(path, { schema: HIDDEN }, (request, reply) => sendAsset(request, reply, asset))
  }
}

/** No route of an API. */
const HIDDEN: object = { hide: true }
const ONE_YEAR_S = 31_536_000

function sendAsset(request: FastifyRequest, reply: FastifyReply, asset: Asset): FastifyReply {
  reply
    .header('etag', asset.etag)
    .header('vary', 'accept-encoding')
    .header(
      'cache-control',
      asset.isImmutable ? `public, max-age=${ONE_YEAR_S}, immutable` : 'no-cache',
    )
  if (request.headers['if-none-match'] === asset.etag) return reply.code(304).send()
  const { bytes, encoding } = encode(asset, request.headers['accept-encoding'])
  if (encoding) reply.header('content-encoding', encoding)
  return reply.type(asset.type).send(bytes)
}
