/** Few texts among many: whatever is asked, the answer is that of a set. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SomeTexts } from '../src/base/some-texts.js'

describe('a set of which few are asked for', () => {
  it('has what was added, at every size, and nothing else', () => {
    const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 8 }), { maxLength: 400 })
    fc.assert(
      fc.property(texts, texts, (added, others) => {
        const some = new SomeTexts()
        const set = new Set<string>()
        for (const text of added) {
          some.add(text)
          set.add(text)
          expect(some.has(text)).toBe(true)
        }
        expect(some.size).toBe(set.size)
        for (const text of [...added, ...others]) expect([text, some.has(text)]).toEqual([text, set.has(text)])
      }),
      { numRuns: 60 },
    )
  })

  it('keeps what it had when it grows', () => {
    const some = new SomeTexts()
    const name = (n: number) => `customer-${n}@example.com`
    for (let n = 0; n < 20_000; n++) some.add(name(2 * n))
    let wrong = 0
    for (let n = 0; n < 40_000; n++) if (some.has(name(n)) !== (n % 2 === 0)) wrong++
    expect([some.size, wrong]).toEqual([20_000, 0])
  })
})
