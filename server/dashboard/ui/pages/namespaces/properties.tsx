import { isLost } from '../../../../../console/ui/feed.ts'
import { useEffect, useState } from 'preact/hooks'
import { MAX_USER_METADATA_CHARACTERS } from '../../../../../protocol/limits.ts'
import { resource } from '../../../../../console/ui/api.ts'
import { useAction } from '../../../../../console/ui/dialog.tsx'
import { Failure } from '../../../../../console/ui/failure.tsx'
import type { BladeProps } from './blade.tsx'
import { type HybridConnectionFacts, partsOf } from './entities.ts'
import { MetadataFindings } from './metadata-findings.tsx'
import { MetadataGrid } from './metadata-grid.tsx'
import { readEntries, writeEntries } from './metadata-text.ts'
import { OriginNote } from './origin-badge.tsx'

type PropertiesProps = BladeProps & { readonly entity: HybridConnectionFacts }

/** User metadata as a grid and as the very text that is stored. Source: dashboard 2.2. */
export function Properties({ api, announcer, feed, scope, entity }: PropertiesProps) {
  const stored = entity.userMetadata ?? ''
  const [base, setBase] = useState(stored)
  const [text, setText] = useState(stored)
  const [tab, setTab] = useState<'grid' | 'raw'>(() =>
    readEntries(stored) === null ? 'raw' : 'grid',
  )
  const isChanged = text !== base
  useEffect(() => {
    // What was not touched here follows what is stored; what was just saved is not taken back until then.
    if (isChanged && text !== stored) return
    setBase(stored)
    setText(stored)
  }, [stored])
  const { isBusy, failure, start } = useAction(
    async () => {
      const { requiresClientAuthorization } = entity
      await api.put(resource(...partsOf(scope)), {
        requiresClientAuthorization,
        userMetadata: text,
      })
    },
    () => {
      setBase(text)
      announcer.say('The user metadata was saved')
    },
  )
  const entries = readEntries(text)
  return (
    <>
      <dl class="facts card">
        <div>
          <dt>Requires client authorization</dt>
          <dd>
            {entity.requiresClientAuthorization ? 'yes' : 'no'} (set at creation, cannot be changed)
          </dd>
        </div>
      </dl>
      <h2>User metadata</h2>
      <div class="card">
        <div
          class="tablist"
          role="tablist"
          aria-label="User metadata"
          onKeyDown={({ key }) => {
            if (key !== 'ArrowLeft' && key !== 'ArrowRight') return
            const next = tab === 'grid' ? 'raw' : 'grid'
            setTab(next)
            document.getElementById(`tab-${next}`)?.focus()
          }}
        >
          {TABS.map(({ id, title }) => (
            <button
              key={id}
              type="button"
              role="tab"
              id={`tab-${id}`}
              aria-selected={tab === id}
              tabIndex={tab === id ? 0 : -1}
              aria-controls="metadata"
              onClick={() => setTab(id)}
            >
              {title}
            </button>
          ))}
        </div>
        <div id="metadata" role="tabpanel" aria-labelledby={`tab-${tab}`}>
          {tab === 'raw' ? (
            <RawText text={text} onInput={setText} />
          ) : entries === null ? (
            <p class="note">
              The text is no list of keys and values, so a grid would change it. It stands under
              Raw.
            </p>
          ) : (
            <MetadataGrid entries={entries} onChange={(next) => setText(writeEntries(next))} />
          )}
        </div>
        <MetadataFindings api={api} text={text} onFix={setText} />
        {stored !== base && isChanged && text !== stored && (
          <p class="banner calm" role="status">
            It was changed elsewhere meanwhile.{' '}
            <button
              type="button"
              onClick={() => {
                setBase(stored)
                setText(stored)
              }}
            >
              Show what is stored
            </button>
          </p>
        )}
        <Failure failure={failure} />
        <div class="tools">
          <button
            type="button"
            class="primary"
            disabled={isBusy || !isChanged || isLost(feed)}
            onClick={start}
          >
            {isBusy ? 'Working...' : 'Save changes'}
          </button>
          <button
            type="button"
            disabled={isBusy || !isChanged}
            onClick={() => {
              setBase(stored)
              setText(stored)
            }}
          >
            Discard
          </button>
        </div>
        <p class="note">Listeners and apps keep the old endpoint until they are added again.</p>
        <OriginNote origin={entity.origin} />
      </div>
    </>
  )
}

const TABS = [
  { id: 'grid', title: 'Grid' },
  { id: 'raw', title: 'Raw' },
] as const

type RawProps = { readonly text: string; readonly onInput: (text: string) => void }

/** Exactly what is stored, and how long it is. */
function RawText({ text, onInput }: RawProps) {
  return (
    <label class="field">
      <span>
        Stored text ({text.length.toLocaleString('en')} of{' '}
        {MAX_USER_METADATA_CHARACTERS.toLocaleString('en')} characters)
      </span>
      <textarea
        class="mono"
        rows={6}
        spellcheck={false}
        value={text}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  )
}
