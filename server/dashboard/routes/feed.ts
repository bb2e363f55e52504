import { checkToken } from '../../../console/guard.ts'
import { serveFeed } from '../../../console/feed.ts'
import type { AdminDeps } from '../admin-deps.ts'
import { ApiError } from '../api-error.ts'
import { logTopics, stateTopics } from '../feed-topics.ts'
import type { AdminApp } from '../typebox-provider.ts'
import type { Views } from '../views.ts'

/** `GET /feed`, a WebSocket. The admin token comes in its first message. Source: dashboard 4. */
export function feedRoute(app: AdminApp, deps: AdminDeps, views: Views): void {
  serveFeed(app, '/feed', {
    // A WebSocket has no place in an OpenAPI document.
    schema: { hide: true },
    epoch: deps.facts().epoch,
    build: deps.version,
    now: deps.now,
    isAllowed: (token) =>
      checkToken(`Bearer ${token ?? ''}`, deps.guard.token, (given) =>
        deps.sessions.holds(given),
      ) === undefined,
    state: stateTopics(deps, views),
    logs: logTopics(deps),
    refuseMore(most) {
      throw new ApiError('RELAY_TOO_MANY_FEEDS', `there are ${most} live feeds open already`, {
        next: 'close a tab of the dashboard',
      })
    },
  })
}
