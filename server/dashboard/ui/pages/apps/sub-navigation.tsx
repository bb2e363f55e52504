/** Apps and plans are two lists of one page. */
export function SubNavigation({ current }: { readonly current: 'apps' | 'plans' }) {
  return (
    <nav class="sub" aria-label="Apps and plans">
      <a href="#/apps" aria-current={current === 'apps' ? 'page' : undefined}>
        Apps
      </a>
      <a href="#/plans" aria-current={current === 'plans' ? 'page' : undefined}>
        Plans
      </a>
    </nav>
  )
}
