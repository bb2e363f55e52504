import JSON5 from 'json5'
import { isObject } from '../../protocol/json.ts'
import { ArmError } from './arm-error.ts'
import type { ArmBody } from './resource-type.ts'

/**
 * The body of a call; an empty one says nothing, like `{}`. Throws 400 `InvalidRequestContent`, which never quotes
 * the text: it may hold a secret.
 */
export function readArmBody(text: string): ArmBody {
  return read(text, JSON.parse)
}

/**
 * The body of a deployment. The Azure CLI pastes the template as it stands in its file, comments and all, behind a
 * key without quotes. Source: management-plane 0.1.
 */
export function readDeploymentBody(text: string): ArmBody {
  return read(text, (json) => {
    try {
      return JSON.parse(json)
    } catch {
      return JSON5.parse(json)
    }
  })
}

function read(text: string, parse: (json: string) => unknown): ArmBody {
  const json = text.replace(/^\uFEFF/, '')
  if (json.trim() === '') return {}
  let body: unknown
  try {
    body = parse(json)
  } catch (error) {
    throw invalid(`it is not JSON${placeOf(error)}`)
  }
  if (isObject(body)) return body
  throw invalid('it is not an object')
}

/** Where the parser stopped, without the text there. */
function placeOf(error: unknown): string {
  const { lineNumber, columnNumber } = error as { lineNumber?: number; columnNumber?: number }
  return lineNumber === undefined ? '' : ` (line ${lineNumber}, column ${columnNumber ?? 1})`
}

function invalid(why: string): ArmError {
  return new ArmError(
    400,
    'InvalidRequestContent',
    `The request content was invalid and could not be deserialized: '${why}'.`,
  )
}
