/** From left to right. Source: dashboard 2.1. */
export const COLUMNS = ['Apps', 'Hybrid connections', 'Listeners', 'Endpoints'] as const

export type MapNode = {
  readonly id: string
  /** Index of {@link COLUMNS}. */
  readonly column: number
  readonly label: string
  /** Second line. */
  readonly note: string
  /** Of a hybrid connection: what it stands under. */
  readonly group: string
  readonly href: string
  /** Bytes/s through it. */
  readonly rate: number
  /** Stands for nobody: a hybrid connection without a listener, a sender that was refused. */
  readonly isGhost: boolean
}

export type MapEdge = {
  readonly id: string
  readonly from: string
  readonly to: string
  /** Bytes/s, both ways. */
  readonly rate: number
  readonly text: string
  /** The finding at this hop as `hop: sentence`; null when it works. */
  readonly failure: string | null
}

export type Topology = { readonly nodes: readonly MapNode[]; readonly edges: readonly MapEdge[] }

/** Nodes and edges by id; what comes again adds up. */
export class Graph {
  readonly #nodes = new Map<string, MapNode>()
  readonly #edges = new Map<string, MapEdge>()
  readonly #counts = new Map<string, number>()

  node(node: Omit<MapNode, 'group' | 'isGhost'> & Partial<MapNode>): void {
    const known = this.#nodes.get(node.id)
    const rate = node.rate + (known?.rate ?? 0)
    this.#nodes.set(node.id, { group: '', isGhost: false, ...(known ?? node), rate })
  }

  /** Open tunnels of a node that several hybrid connections share. */
  count(id: string, tunnels: number): void {
    const total = (this.#counts.get(id) ?? 0) + tunnels
    this.#counts.set(id, total)
    const known = this.#nodes.get(id)
    if (known) this.#nodes.set(id, { ...known, note: `${total} open` })
  }

  edge(edge: Omit<MapEdge, 'id'>): void {
    const id = `${edge.from} ${edge.to}`
    const known = this.#edges.get(id)
    this.#edges.set(id, {
      ...edge,
      id,
      rate: edge.rate + (known?.rate ?? 0),
      failure: edge.failure ?? known?.failure ?? null,
    })
  }

  topology(): Topology {
    return { nodes: [...this.#nodes.values()], edges: [...this.#edges.values()] }
  }
}
