import { COLUMNS, type MapEdge, type MapNode, type Topology } from './graph.ts'

/** More nodes than this in a column, and only the busiest are drawn. Source: dashboard 2.1. */
const MAX_NODES = 60
const DRAWN_NODES = 50

export const NODE_HEIGHT = 42
const NODE_GAP = 12
const HEAD_HEIGHT = 30
const GROUP_HEIGHT = 22
const CHARACTER_WIDTH = 8.2
const NODE_PADDING = 22

export type PlacedNode = MapNode & {
  readonly x: number
  readonly y: number
  /** The label, cut to the width of the node. */
  readonly shown: string
  readonly isFailing: boolean
}

export type PlacedEdge = MapEdge & {
  /** Of an SVG path. */
  readonly d: string
  readonly middle: { readonly x: number; readonly y: number }
  /** 0: nothing moves; 1 to 5 by bytes/s. */
  readonly step: number
}

export type MapHeading = { readonly text: string; readonly x: number; readonly y: number }

export type MapLayout = {
  readonly width: number
  readonly height: number
  readonly nodeWidth: number
  readonly headings: readonly MapHeading[]
  readonly groups: readonly MapHeading[]
  readonly nodes: readonly PlacedNode[]
  readonly edges: readonly PlacedEdge[]
  /** Nodes that were left out, by column. */
  readonly more: readonly { readonly column: number; readonly count: number }[]
}

/** Places the nodes in four columns and draws the edges between them; `width` in px. Pure. */
export function layOut(topology: Topology, width: number): MapLayout {
  const gap = Math.max(56, Math.round(width * 0.1))
  const nodeWidth = Math.max(110, Math.floor((width - 3 * gap) / COLUMNS.length))
  const xOf = (column: number) => column * (nodeWidth + gap)
  const failing = new Set(
    topology.edges.flatMap(({ failure, from, to }) => (failure === null ? [] : [from, to])),
  )
  const groups: MapHeading[] = []
  const more: { column: number; count: number }[] = []
  let height = HEAD_HEIGHT
  const nodes = COLUMNS.flatMap((_title, column) => {
    const all = topology.nodes.filter((node) => node.column === column)
    const drawn = busiest(all)
    if (drawn.length < all.length) more.push({ column, count: all.length - drawn.length })
    let y = HEAD_HEIGHT
    let group = ''
    return drawn.map((node): PlacedNode => {
      if (node.group !== group) {
        group = node.group
        groups.push({ text: group, x: xOf(column), y: y + 14 })
        y += GROUP_HEIGHT
      }
      const placed = {
        ...node,
        x: xOf(column),
        y,
        shown: cut(node.label, nodeWidth),
        isFailing: failing.has(node.id),
      }
      y += NODE_HEIGHT + NODE_GAP
      height = Math.max(height, y)
      return placed
    })
  })
  const places = new Map(nodes.map((node) => [node.id, node]))
  return {
    width: Math.max(width, xOf(COLUMNS.length - 1) + nodeWidth),
    height,
    nodeWidth,
    headings: COLUMNS.map((text, column) => ({ text, x: xOf(column), y: 16 })),
    groups,
    nodes,
    edges: topology.edges.flatMap((edge) => {
      const from = places.get(edge.from)
      const to = places.get(edge.to)
      return from && to ? [placeEdge(edge, from, to, nodeWidth)] : []
    }),
    more,
  }
}

/** 0 for nothing, then a step for each 32-fold: below 1 KiB/s, 32 KiB/s, 1 MiB/s, 32 MiB/s, and above. */
export function rateStep(bytesPerSecond: number): number {
  if (bytesPerSecond <= 0) return 0
  return Math.min(5, Math.max(1, Math.floor(Math.log2(bytesPerSecond / 1_024) / 5) + 2))
}

/** All of them, or the 50 with the highest rates in the order they have. Ghosts are kept as long as there is room. */
function busiest(nodes: readonly MapNode[]): readonly MapNode[] {
  if (nodes.length <= MAX_NODES) return nodes
  const kept = new Set(nodes.toSorted((a, b) => b.rate - a.rate).slice(0, DRAWN_NODES))
  return nodes.filter((node) => kept.has(node))
}

function placeEdge(edge: MapEdge, from: PlacedNode, to: PlacedNode, nodeWidth: number): PlacedEdge {
  const start = { x: from.x + nodeWidth, y: from.y + NODE_HEIGHT / 2 }
  const end = { x: to.x, y: to.y + NODE_HEIGHT / 2 }
  const middle = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 }
  const d = `M ${start.x} ${start.y} C ${middle.x} ${start.y}, ${middle.x} ${end.y}, ${end.x} ${end.y}`
  return { ...edge, d, middle, step: rateStep(edge.rate) }
}

function cut(text: string, width: number): string {
  const room = Math.floor((width - NODE_PADDING) / CHARACTER_WIDTH)
  return text.length <= room ? text : `${text.slice(0, Math.max(1, room - 1))}…`
}
