/** The first node that needs itself, by way of others; undefined where there is an order. Asks `needs` of every node. */
export function findCycle<Node>(
  nodes: readonly Node[],
  needs: (node: Node) => readonly Node[],
): Node | undefined {
  const done = new Set<Node>()
  const path = new Set<Node>()
  const visit = (node: Node): Node | undefined => {
    if (path.has(node)) return node
    if (done.has(node)) return undefined
    path.add(node)
    for (const needed of needs(node)) {
      const found = visit(needed)
      if (found !== undefined) return found
    }
    path.delete(node)
    done.add(node)
    return undefined
  }
  for (const node of nodes) {
    const found = visit(node)
    if (found !== undefined) return found
  }
  return undefined
}
