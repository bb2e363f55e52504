import { ArmError } from './arm-error.ts'
import { parseArmPath } from './arm-path.ts'
import type { ArmResource } from './resource-type.ts'

/** One comparison of a `$filter`; values are in lower case. */
export type Comparison = { readonly member: string; readonly value: string }

const MEMBERS = ['resourcegroup', 'resourcetype', 'name', 'location', 'tagname', 'tagvalue']

/**
 * Reads `resourceGroup eq 'rg1' and resourceType eq '...'`. Throws 400 for members and operators that are not
 * emulated, so that nobody takes a list for a filtered one. Source: management-plane 3.7.
 */
export function readFilter(text: string): readonly Comparison[] {
  if (text.trim() === '') return []
  return text
    .trim()
    .split(/\s+and\s+/i)
    .map((piece) => {
      const [, member = '', value = ''] = /^\(?\s*(\w+)\s+eq\s+'([^']*)'\s*\)?$/i.exec(piece) ?? []
      if (MEMBERS.includes(member.toLowerCase())) {
        return { member: member.toLowerCase(), value: value.toLowerCase() }
      }
      throw new ArmError(
        400,
        'InvalidFilterInQueryString',
        `Invalid $filter in the query string: resourceGroup, resourceType, name, location, tagName and tagValue can be compared with eq, and joined with and.`,
      )
    })
}

export function matchesFilter(filter: readonly Comparison[], resource: ArmResource): boolean {
  const tags = Object.entries((resource.tags ?? {}) as Record<string, string>)
  const tagName = filter.find(({ member }) => member === 'tagname')?.value
  return filter.every(({ member, value }) => {
    switch (member) {
      case 'resourcegroup':
        return parseArmPath(resource.id)?.resourceGroup?.toLowerCase() === value
      case 'resourcetype':
        return resource.type.toLowerCase() === value
      case 'name':
        return resource.name.toLowerCase() === value
      case 'location':
        return String(resource.location).replaceAll(' ', '').toLowerCase() === value
      case 'tagname':
        return tags.some(([name]) => name.toLowerCase() === value)
      default:
        return tags.some(
          ([name, text]) =>
            (tagName === undefined || name.toLowerCase() === tagName) &&
            text.toLowerCase() === value,
        )
    }
  })
}
