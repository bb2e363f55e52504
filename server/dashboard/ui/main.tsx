import { render } from 'preact'
import { App } from './app.tsx'
import { openFeed } from './feed.ts'

const root = document.getElementById('app')
if (root) render(<App feed={openFeed()} />, root)
