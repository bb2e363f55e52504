type ToolbarProps = {
  readonly isLive: boolean
  readonly isBusy: boolean
  /** How many rows are ticked. */
  readonly ticked: number
  readonly onNew: () => void
  readonly onRefresh: () => void
  readonly onRestart: () => void
  readonly onRemove: () => void
  readonly onTest: () => void
  readonly onLogs: () => void
}

/** What can be done. Restart and Remove need a ticked row. Source: dashboard 5. */
export function Toolbar(props: ToolbarProps) {
  const { isLive, isBusy, ticked } = props
  const isReady = isLive && !isBusy
  const needsRow = ticked === 0 ? 'Tick a row first' : undefined
  return (
    <div class="tools" role="group" aria-label="Actions">
      <button type="button" class="primary" disabled={!isLive} onClick={props.onNew}>
        + New
      </button>
      <button type="button" disabled={!isReady} onClick={props.onRefresh}>
        Refresh
      </button>
      <button
        type="button"
        disabled={!isReady || ticked === 0}
        title={needsRow}
        onClick={props.onRestart}
      >
        Restart
      </button>
      <button
        type="button"
        class="danger"
        disabled={!isReady || ticked === 0}
        title={needsRow}
        onClick={props.onRemove}
      >
        Remove
      </button>
      {isBusy && <span class="note">Working...</span>}
      <span class="spread" />
      <button type="button" disabled={!isLive} onClick={props.onTest}>
        Test
      </button>
      <button type="button" disabled={!isLive} onClick={props.onLogs}>
        View Logs
      </button>
    </div>
  )
}
