import { DaysealError } from '../lib/errors.ts'
import { nearestHint } from '../lib/nearest-name.ts'
import { TIME_FORMS, type TimeForm } from '../lib/time/time-form.ts'

/** For the help of `--time-form`. */
export const TIME_FORM_NAMES = `${TIME_FORMS.join(', ')}, or a pattern such as dd.MM.yyyy HH:mm:ss`

/** What `--time-form` and `--time-offset` say; undefined when they say nothing. Throws `usage`. */
export function timeFormOf({
  timeForm: form,
  timeOffset: offset,
}: {
  readonly timeForm?: string | undefined
  readonly timeOffset?: string | undefined
}): TimeForm | { readonly pattern: string } | undefined {
  if (form?.includes('yyyy')) return { pattern: form, ...(offset !== undefined && { offset }) }
  if (offset !== undefined) {
    throw new DaysealError('usage', '--time-offset is for times written by a pattern', {
      wanted: '--time-form with a pattern such as dd.MM.yyyy HH:mm:ss',
    })
  }
  if (form === undefined) return undefined
  const known = TIME_FORMS.find((one) => one === form)
  if (known !== undefined) return known
  throw new DaysealError('usage', `there is no time form ${JSON.stringify(form)}`, {
    wanted: TIME_FORM_NAMES,
    ...nearestHint(form, TIME_FORMS),
  })
}
