import { VERSION } from '../../version.ts'

/** RFC 8493, 2.1.1. */
export const DECLARATION = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n'

export interface BagFacts {
  /** What it is a bag of, for people. */
  readonly description: string
  /** Names it among all of its sender's bags. */
  readonly identifier: string
  readonly now: Date
  readonly payloadBytes: number
  readonly payloadFiles: number
}

/** bag-info.txt: RFC 8493, 2.2.2. */
export function bagInfo({ description, identifier, now, payloadBytes, payloadFiles }: BagFacts): string {
  const lines = [
    ['Bag-Software-Agent', `dayseal ${VERSION}`],
    ['Bagging-Date', now.toISOString().slice(0, 10)],
    ['Payload-Oxum', `${payloadBytes}.${payloadFiles}`],
    ['External-Identifier', identifier],
    ['External-Description', description],
  ]
  return lines.map(([label, value]) => `${label}: ${value}\n`).join('')
}
