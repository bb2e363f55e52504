import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { formatRate } from '../../../../../console/ui/format.ts'
import { formatRoute } from '../../../../../console/ui/route.ts'
import { StateIcon } from '../../../../../console/ui/state-icon.tsx'
import { layOut, type MapLayout, NODE_HEIGHT, type PlacedEdge, type PlacedNode } from './layout.ts'
import { COLUMNS, type Topology } from './graph.ts'

type MapProps = {
  readonly topology: Topology
  /** Below the map. */
  readonly children?: ComponentChildren
}

/** The map, or the same as a table. Source: dashboard 2.1. */
export function TopologyMap({ topology, children }: MapProps) {
  const [isTable, setIsTable] = useState(false)
  return (
    <section class="card map" aria-label="Topology">
      <div class="heading">
        <h2>Who talks to whom</h2>
        <span class="spread" />
        <button type="button" aria-pressed={isTable} onClick={() => setIsTable(!isTable)}>
          Show as table
        </button>
      </div>
      {isTable ? <TopologyTable topology={topology} /> : <Drawing topology={topology} />}
      {children}
    </section>
  )
}

function Drawing({ topology }: { readonly topology: Topology }) {
  const frame = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    const element = frame.current
    if (!element) return undefined
    const measure = () => setWidth(Math.floor(element.clientWidth) - 4)
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  const layout = useMemo(() => (width > 0 ? layOut(topology, width) : null), [topology, width])
  return (
    <div ref={frame} class="map-frame" tabIndex={0} role="region" aria-label="Map">
      {layout && <Svg layout={layout} />}
    </div>
  )
}

const MORE_HEIGHT = 24

function Svg({ layout }: { readonly layout: MapLayout }) {
  const { width, height, nodeWidth, headings, groups, nodes, edges, more } = layout
  const total = height + (more.length > 0 ? MORE_HEIGHT : 0)
  return (
    <svg
      width={width + 4}
      height={total}
      viewBox={`-2 0 ${width + 4} ${total}`}
      role="group"
      aria-label="Apps, hybrid connections, listeners and endpoints"
    >
      {headings.map(({ text, x, y }) => (
        <text key={text} class="map-head" x={x} y={y}>
          {text}
        </text>
      ))}
      {groups.map(({ text, x, y }) => (
        <text key={text} class="map-group" x={x} y={y}>
          {text}
        </text>
      ))}
      {edges.map((edge) => (
        <Edge key={edge.id} edge={edge} />
      ))}
      {edges.map((edge) => (
        <EdgeLabel key={edge.id} edge={edge} />
      ))}
      {nodes.map((node) => (
        <Node key={node.id} node={node} width={nodeWidth} />
      ))}
      {more.map(({ column, count }) => (
        <a key={column} class="map-more" href={formatRoute([LISTS[column] ?? 'overview'])}>
          <text x={headings[column]?.x ?? 0} y={height + 14}>
            {count} more
          </text>
        </a>
      ))}
    </svg>
  )
}

/** Where the whole of a column is listed. */
const LISTS: readonly string[] = ['connections', 'namespaces', 'listeners', 'namespaces']

function Node({ node, width }: { readonly node: PlacedNode; readonly width: number }) {
  const { id, x, y, label, shown, note, href, isGhost, isFailing } = node
  return (
    <a
      class={`map-node ${isGhost ? 'ghost' : ''} ${isFailing ? 'bad' : ''}`}
      href={href}
      data-node={id}
    >
      <rect x={x} y={y} width={width} height={NODE_HEIGHT} rx={6}>
        {shown !== label && <title>{label}</title>}
      </rect>
      <text class="map-label" x={x + 10} y={y + 18}>
        {shown}
      </text>
      <text class="map-note" x={x + 10} y={y + 34}>
        {note}
      </text>
    </a>
  )
}

function Edge({ edge }: { readonly edge: PlacedEdge }) {
  const { id, d, step, failure } = edge
  return (
    <g class={`map-edge step-${step} ${failure === null ? '' : 'bad'}`} data-edge={id}>
      {failure !== null && <title>{failure}</title>}
      <path d={d} />
    </g>
  )
}

/** Above all lines, or one of them would run through it. */
function EdgeLabel({ edge: { middle, text, failure } }: { readonly edge: PlacedEdge }) {
  const { x, y } = middle
  if (failure === null) {
    return text === '' ? null : (
      <text class="map-rate" x={x} y={y + 4}>
        {text}
      </text>
    )
  }
  return (
    <g class="map-failure">
      <title>{failure}</title>
      <circle cx={x} cy={y} r={8} />
      <path d={`M ${x - 3.5} ${y - 3.5} l 7 7 m 0 -7 l -7 7`} />
    </g>
  )
}

function TopologyTable({ topology: { nodes, edges } }: { readonly topology: Topology }) {
  const names = new Map(nodes.map((node) => [node.id, node]))
  const nameOf = (id: string) => {
    const node = names.get(id)
    return node ? `${node.group === '' ? '' : `${node.group}/`}${node.label}` : id
  }
  const kindOf = (id: string) => COLUMNS[names.get(id)?.column ?? 0]
  return (
    <div class="scroll map-frame" tabIndex={0} role="region" aria-label="Topology as a table">
      <table aria-label="Topology">
        <thead>
          <tr>
            {['From', 'Kind', 'To', 'Kind', 'Traffic', 'State'].map((head, index) => (
              <th key={index} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {edges.map(({ id, from, to, rate, text, failure }) => (
            <tr key={id} data-edge={id}>
              <th scope="row">{nameOf(from)}</th>
              <td>{kindOf(from)}</td>
              <td>{nameOf(to)}</td>
              <td>{kindOf(to)}</td>
              <td>{rate > 0 ? formatRate(rate) : text || 'idle'}</td>
              <td class="wrap">
                {failure !== null ? (
                  <StateIcon tone="bad" word={failure} />
                ) : names.get(to)?.isGhost ? (
                  <StateIcon tone="calm" word="nobody listens" />
                ) : (
                  <StateIcon tone="good" word={rate > 0 ? 'works' : 'joined'} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
