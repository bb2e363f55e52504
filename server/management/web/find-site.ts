import type { SiteRow } from '../../app-service/entities.ts'
import { siteLabel } from '../../app-service/entities.ts'
import type { ProviderDeps } from '../arm-deps.ts'
import { ArmError } from '../arm-error.ts'
import type { ResourceRef } from '../resource-type.ts'
import { siteAt } from './web-ids.ts'

/** An app or slot, if it is in the resource group that the address names. */
export function findSite(
  ref: Pick<ResourceRef, 'scope' | 'names'>,
  isSlot: boolean,
  { appService }: ProviderDeps,
): SiteRow | undefined {
  const site = appService.site(siteAt(ref, isSlot))
  const group = ref.scope.resourceGroup
  const isHere = group === null || site?.resourceGroup.toLowerCase() === group.toLowerCase()
  return isHere ? site : undefined
}

/** Throws 404. */
export function demandSite(
  ref: Pick<ResourceRef, 'scope' | 'names'>,
  isSlot: boolean,
  deps: ProviderDeps,
): SiteRow {
  const site = findSite(ref, isSlot, deps)
  if (site) return site
  throw new ArmError(
    404,
    'ResourceNotFound',
    `The Resource 'Microsoft.Web/sites/${siteLabel(siteAt(ref, isSlot))}' under resource group '${ref.scope.resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  )
}
