import { describe, expect, test } from 'vitest'
import { functionSizes } from '../../infra/sizes.ts'
import { thrownBy } from '../thrown.ts'

const MIB = 2 ** 20
const usual = { largestHour: 512 * MIB, largestDay: 8 * 2 ** 30, longestLine: 16 * MIB }

describe('the sizes of the functions', () => {
  test('are one vCPU for the work, no more time than Lambda has, and no disk', () => {
    const sizes = functionSizes(usual)
    for (const step of ['Convert', 'Seal', 'Verify'] as const) expect(sizes[step].memoryMb).toBe(1769)
    for (const { timeoutSeconds, ephemeralMb } of Object.values(sizes)) {
      expect(timeoutSeconds).toBeGreaterThanOrEqual(60)
      expect(timeoutSeconds).toBeLessThanOrEqual(900)
      expect(ephemeralMb).toBe(512)
    }
  })

  test('an hour that is larger has more time, and so has a day', () => {
    const hour = functionSizes({ ...usual, largestHour: 4 * usual.largestHour })
    expect(hour.Convert.timeoutSeconds).toBeGreaterThan(functionSizes(usual).Convert.timeoutSeconds)
    expect(hour.Seal).toEqual(functionSizes(usual).Seal)
    const day = functionSizes({ ...usual, largestDay: 2 * usual.largestDay })
    expect(day.Seal.timeoutSeconds).toBeGreaterThan(functionSizes(usual).Seal.timeoutSeconds)
    expect(day.Convert).toEqual(functionSizes(usual).Convert)
  })

  test('very long lines have the memory to be taken apart', () => {
    expect(functionSizes({ ...usual, longestLine: 256 * MIB }).Convert.memoryMb).toBe(512 + 8 * 256)
  })

  test.each([
    [{ ...usual, largestHour: 2 ** 40 }, 'deployment.largestHour is too large'],
    [{ ...usual, largestDay: 2 ** 40 }, 'deployment.largestDay is too large'],
    [{ ...usual, longestLine: 2 ** 31 }, 'lines are too long'],
  ])('refuses what one function cannot do', async (workload, message) => {
    const { code, message: text } = await thrownBy(() => functionSizes(workload))
    expect({ code, text }).toEqual({ code: 'usage', text: expect.stringContaining(message) })
  })
})
