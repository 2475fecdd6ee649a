import { count } from '../../../cli/amounts.ts'
import { textTable } from '../../../cli/table.ts'
import type { Cloud } from '../cloud.ts'

/** What each function did: how often it ran, and what it called. */
export function functionsReport({ functions, calls }: Cloud): string[] {
  const head = ['function', 'invocations', 'calls']
  const rows = functions.map(({ name, accessKey, invocations }) => {
    const own = calls.filter(({ caller }) => caller === accessKey)
    const actions = [...Map.groupBy(own, ({ action }) => action)].map(([action, of]) => `${action} ${count(of.length)}`)
    return [name, count(invocations()), actions.sort().join(', ')]
  })
  return textTable([head, ...rows], [1])
}

/** What was announced on the bus, one line each. */
export function announcementsReport({ announced }: Cloud): string[] {
  return announced.map((event) => {
    const facts = Object.entries(event.detail).filter(([, value]) => typeof value !== 'object')
    return `${event['detail-type']}: ${facts.map(([name, value]) => `${name} ${value}`).join(', ')}`
  })
}
