/** Regions by the name that clients normalize to. Any other one is taken too, and shown as it was written. */
export const LOCATIONS = [
  { name: 'westus2', displayName: 'West US 2', geography: 'US', pairedRegion: 'westcentralus' },
  { name: 'westus', displayName: 'West US', geography: 'US', pairedRegion: 'eastus' },
  { name: 'westus3', displayName: 'West US 3', geography: 'US', pairedRegion: 'eastus' },
  {
    name: 'westcentralus',
    displayName: 'West Central US',
    geography: 'US',
    pairedRegion: 'westus2',
  },
  { name: 'eastus', displayName: 'East US', geography: 'US', pairedRegion: 'westus' },
  { name: 'eastus2', displayName: 'East US 2', geography: 'US', pairedRegion: 'centralus' },
  { name: 'centralus', displayName: 'Central US', geography: 'US', pairedRegion: 'eastus2' },
  {
    name: 'northeurope',
    displayName: 'North Europe',
    geography: 'Europe',
    pairedRegion: 'westeurope',
  },
  {
    name: 'westeurope',
    displayName: 'West Europe',
    geography: 'Europe',
    pairedRegion: 'northeurope',
  },
  { name: 'uksouth', displayName: 'UK South', geography: 'Europe', pairedRegion: null },
  {
    name: 'germanywestcentral',
    displayName: 'Germany West Central',
    geography: 'Europe',
    pairedRegion: null,
  },
  { name: 'swedencentral', displayName: 'Sweden Central', geography: 'Europe', pairedRegion: null },
  {
    name: 'southeastasia',
    displayName: 'Southeast Asia',
    geography: 'Asia Pacific',
    pairedRegion: 'eastasia',
  },
  {
    name: 'eastasia',
    displayName: 'East Asia',
    geography: 'Asia Pacific',
    pairedRegion: 'southeastasia',
  },
  { name: 'japaneast', displayName: 'Japan East', geography: 'Asia Pacific', pairedRegion: null },
  {
    name: 'australiaeast',
    displayName: 'Australia East',
    geography: 'Asia Pacific',
    pairedRegion: null,
  },
] as const

/** `West US 2` for `westus2`; what is not known stays as it is. */
export function displayLocation(location: string): string {
  const name = normalLocation(location)
  return LOCATIONS.find((known) => known.name === name)?.displayName ?? location
}

/** `westus2` for `West US 2`: how locations are compared. */
export function normalLocation(location: string): string {
  return location.replaceAll(' ', '').toLowerCase()
}
