/** The shapes of campaign tools: what each expects, how values become what it compares, and who is left out on the way. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { getCountries, getCountryCallingCode, parsePhoneNumberFromString } from 'libphonenumber-js'
import { describe, expect, it } from 'vitest'
import { render } from '../src/base/problem.js'
import { tryProfile } from '../src/handoff/examples.js'
import { e164 } from '../src/handoff/phones.js'
import { openProfile, profileFiles } from '../src/handoff/profiles.js'
import { wantedValues } from '../src/handoff/shaping.js'
import { type HashName, hashes, type Step, type Transform, type TransformName, transforms } from '../src/handoff/transforms.js'
import { alpha2, alpha3 } from '../src/language/countries.js'
import { country, phone } from '../src/language/lists.js'
import { filesOf, own, type Person, paramsOf, shapeAll, shaperOf, shipped, written } from './handoff.js'

const promised =
  'csv excel excel-ru google-customer-match meta-custom-audience yandex-audience vk-mytarget mailchimp klaviyo hubspot brevo listmonk mautic unisender sendpulse mindbox braze onesignal customerio sendgrid activecampaign mailerlite salesforce-mc tiktok linkedin microsoft-ads pinterest snapchat x-ads sms whatsapp direct-mail'.split(
    ' ',
  )
const ads =
  'google-customer-match meta-custom-audience yandex-audience vk-mytarget tiktok linkedin microsoft-ads pinterest snapchat x-ads'.split(
    ' ',
  )

describe('the profiles that ship', () => {
  it('are at least those promised', () => {
    const names = profileFiles(undefined).map((f) => f.name)
    expect(promised.filter((name) => !names.includes(name))).toEqual([])
  })

  for (const file of profileFiles(undefined))
    it(`${file.name} is sound, says how sure it is, and its examples come out`, () => {
      const { profile, problems } = openProfile(file)
      expect(problems.map((p) => render(p))).toEqual([])
      expect(profile?.sure).toBeDefined()
      expect(profile?.checked).toMatch(/^\d{4}-\d\d-\d\d$/)
      expect(profile?.sources?.length).toBeGreaterThan(0)
      expect(profile?.examples?.length).toBeGreaterThan(0)
      const tried = profile === undefined ? [] : tryProfile(profile)
      expect(tried.flatMap((t) => (t.wrong === undefined ? [] : [render(t.wrong)]))).toEqual([])
    })

  it.each(ads)('%s is for ads and hashes unless told not to', (name) => {
    const profile = shipped(name)
    expect(profile.channel).toBe('ads')
    const ann = { customer: 'C-1', email: 'Ann@Example.com', phone: '+375291234567' }
    const cells = (params: Record<string, string>) => {
      const made = shapeAll(profile, [ann], { params })[0]
      return typeof made === 'string' || made === undefined ? [] : (made[0]?.cells ?? [])
    }
    const hashed = hashes[name === 'vk-mytarget' ? 'md5' : 'sha256']('ann@example.com')
    expect(cells({})).toContain(hashed)
    expect(cells({}).join()).not.toContain('@')
    expect(cells({ hash: 'none' })).toContain('ann@example.com')
  })

  it.each(['vk-mytarget', 'pinterest', 'snapchat', 'x-ads'])(
    '%s holds one identifier a list, e-mail unless told otherwise',
    (name) => {
      const people = [{ email: 'ann@example.com', phone: '+375291234567' }]
      const list = (id: string | undefined) =>
        filesOf(shipped(name), people, { values: ['email', 'phone'], params: { hash: 'none', ...(id !== undefined && { id }) } })
          .files[0]?.toString()
          .trimEnd()
          .split('\n')
          .at(-1)
      expect(list(undefined)).toBe('ann@example.com')
      expect(list('phone')).toMatch(/^\+?375291234567$/)
    },
  )
})

describe('published vectors', () => {
  const file = new URL('../../shared/reference/export-vectors.json', import.meta.url)
  const there = existsSync(file)
  if (!there)
    console.log('skipped: the published vectors are not beside the repository; those in the profiles are tried all the same')
  interface Vector {
    readonly id: string
    readonly vendor: string
    readonly rule: string
    readonly input: string
    readonly normalised: string
    readonly alg: 'sha256' | 'md5'
    readonly enc: 'hex' | 'base64'
    readonly hash: string
  }
  const vectors: readonly Vector[] = there ? JSON.parse(readFileSync(file, 'utf8')) : []
  const chains: Readonly<Record<string, readonly TransformName[]>> = {
    'email.google': ['email-google'],
    'email.basic': ['email'],
    'email.basic + strip leading/trailing dots': ['trim', 'lower', 'trim-dots'],
    'email.aggressive': ['email-undotted'],
    'phone.e164_plus': ['phone'],
    'phone.digits': ['phone-digits'],
    'name.google_given': ['name-google-given'],
    'name.google_family': ['name-google-family'],
    'name.meta': ['name-meta'],
    'city.meta': ['city-meta'],
    'zip.meta': ['postcode-meta'],
    'country.alpha2_lower': ['country', 'lower'],
    'maid.lower': ['device-lower'],
    'handle.lower_no_at': ['handle'],
  }
  const through = (names: readonly TransformName[], value: string, region: string): string | undefined =>
    names.reduce<string | undefined>((v, name) => {
      const step = (transforms[name] as Transform).make(undefined) as Step
      return v === undefined ? undefined : step(v, { region: country(region), country: region })
    }, value)

  it.skipIf(!there)('there are 55', () => expect(vectors).toHaveLength(55))
  for (const v of vectors)
    it(`${v.id}: ${JSON.stringify(v.input)}`, () => {
      const chain = chains[v.rule]
      expect(chain).toBeDefined()
      const came = through(chain ?? [], v.input, v.vendor.startsWith('yandex') ? 'RU' : v.id.includes('uk') ? 'GB' : 'US')
      expect(came).toBe(v.normalised)
      const by = (v.enc === 'base64' ? 'sha256-base64' : v.alg) as Exclude<HashName, 'none'>
      expect(hashes[by](came ?? '')).toBe(v.hash)
    })

  /** The column of the profile in which a tool gets what the rule is about; two rules are of no profile that ships. */
  const places: Readonly<Record<string, readonly [profile: string, header: string, field: string]>> = {
    'google email.google': ['google-customer-match', 'Email', 'email'],
    'google phone.e164_plus': ['google-customer-match', 'Phone', 'phone'],
    'google name.google_given': ['google-customer-match', 'First Name', 'first_name'],
    'google name.google_family': ['google-customer-match', 'Last Name', 'last_name'],
    'meta email.basic': ['meta-custom-audience', 'email', 'email'],
    'meta phone.digits': ['meta-custom-audience', 'phone', 'phone'],
    'meta name.meta': ['meta-custom-audience', 'fn', 'first_name'],
    'meta city.meta': ['meta-custom-audience', 'ct', 'city'],
    'meta zip.meta': ['meta-custom-audience', 'zip', 'postcode'],
    'meta country.alpha2_lower': ['meta-custom-audience', 'country', 'country'],
    'snap email.basic': ['snapchat', 'id', 'email'],
    'snap phone.digits': ['snapchat', 'id', 'phone'],
    'snap maid.lower': ['snapchat', 'id', 'device_id'],
    'tiktok email.basic': ['tiktok', 'Email_SHA256', 'email'],
    'tiktok maid.lower': ['tiktok', 'MAID_SHA256', 'device_id'],
    'linkedin email.basic': ['linkedin', 'email', 'email'],
    'microsoft email.basic': ['microsoft-ads', 'Text', 'email'],
    'x handle.lower_no_at': ['x-ads', 'id', 'twitter'],
    'yandex(md5 legacy) email.basic': ['vk-mytarget', 'id', 'email'],
    'yandex(md5 legacy) phone.digits': ['vk-mytarget', 'id', 'phone'],
  }
  const kinds: Readonly<Record<string, string>> = { phone: 'phone', device_id: 'device', twitter: 'handle' }
  const placed = vectors.filter((v) => v.enc === 'hex' && `${v.vendor} ${v.rule}` in places)
  it.skipIf(!there)('all but three are of a profile that ships', () => expect(vectors.length - placed.length).toBe(3))
  for (const v of placed)
    it(`${v.id} comes out of the profile itself`, () => {
      const [name, header, field] = places[`${v.vendor} ${v.rule}`] as readonly [string, string, string]
      const region = v.vendor.startsWith('yandex') ? 'RU' : v.id.includes('uk') ? 'GB' : 'US'
      const values = [...new Set([field, 'email', 'phone'])]
      const person = { email: 'a@example.com', phone: '+18005550100', [field]: v.input }
      const id = header === 'id' ? { id: kinds[field] ?? 'email' } : {}
      const shape = shaperOf(shipped(name), { values, country: region, params: id })
      const made = shape.take(values.map((value) => person[value as 'email']))
      const cell = typeof made === 'string' ? made : made[0]?.cells[shape.headers.indexOf(header)]
      expect(cell).toBe(v.hash)
    })

  it.each([
    [
      'email',
      [
        '',
        ' ',
        '@example.com',
        'quinn',
        'a b@example.com',
        'a@b',
        'a@@example.com',
        'a@example..com',
        'a@example.com.',
        'a@.com',
      ],
    ],
    ['email-google', ['@gmail.com', '+news@gmail.com', '..@gmail.com', 'quinn', '+x@gmail.com.']],
    ['phone', ['+abc-DEF', '++++', '+0000000000', '12', '+1', '+99912345678', '7067675127890123']],
    ['name-google-given', ['Mr.', ' Dr. ']],
    ['country', ['u', 'u2', 'Nowhere', 'XX']],
    ['postcode-google', ['9021', '90210-12']],
    ['device-lower', ['00000000-0000-0000-0000-000000000000', 'x']],
    ['gender', ['x', 'unknown']],
  ] as const)('%s takes nothing that cannot be', (name, values) => {
    for (const value of values) if (value.trim() !== '') expect([value, through([name], value, 'US')]).toEqual([value, undefined])
  })

  it('is a fixed point: what is in its form stays as it is', () => {
    const again = (name: TransformName, value: string) => {
      const once = through([name], value, 'US')
      if (once !== undefined && once !== '') expect([name, value, through([name], once, 'US')]).toEqual([name, value, once])
    }
    const pure = (Object.keys(transforms) as TransformName[]).filter(
      (n) => (transforms[n] as Transform).argument === undefined && n !== 'unix',
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...pure),
        fc.oneof(
          fc.string({ unit: 'grapheme', maxLength: 20 }),
          fc.emailAddress(),
          fc.constantFrom(
            '+1 (800) 555-0100',
            'Mr. Dr. Alex',
            'quinn, jr., phd',
            ' .a.@b.c. ',
            'Ёлка-Palka',
            'United  States',
            'İstanbul',
            'ΣΑΣ',
            'ῗ',
          ),
        ),
        again,
      ),
      { numRuns: 6000 },
    )
  })
})

describe('phones', () => {
  it('that are taken unasked are what libphonenumber gives', () => {
    const codes = [...new Set(getCountries().map((c) => getCountryCallingCode(c)))]
    fc.assert(
      fc.property(fc.constantFrom(...codes), fc.stringMatching(/^[0-9]{3,14}$/), (code, rest) => {
        const text = `+${code}${rest}`
        const zeroless = phone(text, undefined)
        expect(e164(text, undefined)).toBe(zeroless)
      }),
      { numRuns: 4000 },
    )
  })

  it('written with blanks, brackets and dashes are what libphonenumber gives', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('+375', '+7', '+1', '+44', '+49'),
        fc.stringMatching(/^[0-9]{8,11}$/),
        fc.nat(6),
        (code, digits, at) => {
          const text = `${code} (${digits.slice(0, at)}) ${digits.slice(at, at + 2)}-${digits.slice(at + 2)}`
          const parsed = parsePhoneNumberFromString(text)
          expect(e164(text, undefined)).toBe(parsed?.isPossible() === true ? parsed.number : undefined)
        },
      ),
      { numRuns: 1500 },
    )
  })

  it.each([
    ['8 (912) 345-67-89', 'RU', '+79123456789'],
    ['80291234567', 'BY', '+375291234567'],
    ['00375 29 1234567', 'DE', '+375291234567'],
    ['+٣٧٥٢٩١٢٣٤٥٦٧', undefined, '+375291234567'],
    ['029 123-45-67', undefined, undefined],
    ['4155552671', undefined, undefined],
  ])('%s of %s is %s', (text, region, number) => expect(e164(text, country(region))).toBe(number))

  it("take the customer's own country before the project's", () => {
    const people = [
      { phone: '8 912 345-67-89', country: 'Россия' },
      { phone: '8 029 123-45-67', country: null },
      { phone: '8 029 123-45-67', country: 'Nowhere' },
    ]
    expect(shapeAll(shipped('sms'), people, { country: 'BY' }).map((m) => (typeof m === 'string' ? m : m[0]?.cells[0]))).toEqual([
      '+79123456789',
      '+375291234567',
      'same-address',
    ])
  })

  it("that are none in the customer's country are the project's, and none at all where they are none there either", () => {
    const people = ['8 (912) 123-45-04', '8 (029) 123-45-04', '375291230014.0', '3.75291230015E+11'].map((phone) => ({
      phone,
      country: 'Belarus',
    }))
    const numbers = (home: string) =>
      shapeAll(shipped('sms'), people, { country: home }).map((m) => (typeof m === 'string' ? m : m[0]?.cells[0]))
    expect(numbers('RU')).toEqual(['+79121234504', '+375291234504', 'not-in-shape', 'not-in-shape'])
    expect(numbers('BY')).toEqual(['not-in-shape', '+375291234504', 'not-in-shape', 'not-in-shape'])
  })
})

describe('e-mails', () => {
  it.each([
    ['\u200eana@example.com', 'ana@example.com'],
    ['an\u200ba@exam\u00adple.com', 'ana@example.com'],
    ['\uff41na@example.com', 'ana@example.com'],
    ["'ana@example.com'", 'ana@example.com'],
    ['"Ana@Example.com"', 'ana@example.com'],
    ['\u00abana@example.com\u00bb', 'ana@example.com'],
    ["o'neil@example.com", "o'neil@example.com"],
    ['Ana <ana@example.com>', undefined],
    ['ana@example.com; bob@example.com', undefined],
    ['ana@example.com.', undefined],
  ])('of which more is written than is seen are told as they are seen, or not at all: %s is %s', (text, address) => {
    for (const name of ['email', 'email-google', 'email-undotted'] as const)
      expect([name, transforms[name].make(undefined)(text, { region: undefined, country: undefined })]).toEqual([name, address])
  })
})

describe('countries', () => {
  it.each([
    ['us', 'US'],
    ['U.S.', 'US'],
    ['USA', 'US'],
    ['United States', 'US'],
    ['UK', 'GB'],
    ['Беларусь', 'BY'],
    ['россия', 'RU'],
    ['Deutschland', 'DE'],
    ['Czech Republic', 'CZ'],
    ["Côte d'Ivoire", 'CI'],
  ])('%s is %s', (text, code) => expect(alpha2(text)).toBe(code))
  it('every region of the Unicode tables has three letters too', () => {
    const called = new Intl.DisplayNames(['en'], { type: 'region' })
    const missing = getCountries().filter(
      (c) => !['AC', 'TA'].includes(c) && (alpha2(called.of(c) ?? c) !== c || alpha3(c)?.length !== 3),
    )
    expect(missing).toEqual([])
  })
})

describe('who is left out', () => {
  const meta = shipped('meta-custom-audience')
  it('is nobody with one good address', () => {
    const made = shapeAll(meta, [{ email: 'quinn', phone: '+15551234567' }], { params: { hash: 'none' } })[0]
    expect(typeof made === 'string' ? made : made?.[0]?.cells.slice(0, 2)).toEqual(['', '15551234567'])
  })
  it('has a reason: no address, one that cannot be, the same as another', () => {
    const people: Person[] = [
      { email: 'a@example.com', phone: null },
      { email: null, phone: null },
      { email: '@example.com', phone: '++++' },
      { email: ' A@EXAMPLE.com', phone: null },
    ]
    expect(shapeAll(shipped('mailchimp'), people).map((m) => (typeof m === 'string' ? m : 'in'))).toEqual([
      'in',
      'no-address',
      'not-in-shape',
      'same-address',
    ])
    expect(shapeAll(meta, people).map((m) => (typeof m === 'string' ? m : 'in'))).toEqual([
      'in',
      'no-address',
      'not-in-shape',
      'in',
    ])
  })
  it('counts cells that were left empty because they cannot be', () => {
    const { shape } = filesOf(meta, [{ email: 'quinn', phone: '+15551234567' }], { values: ['email', 'phone'] })
    expect(shape.columns.filter((c) => c.blanked > 0)).toEqual([{ header: 'email', filled: 0, blanked: 1, formulas: 0 }])
  })
  it('is everybody where the project has no address at all', () => {
    expect(shapeAll(meta, [{ customer: 'C-1' }])).toEqual(['no-address'])
  })
})

describe('hashes', () => {
  it('are never of nothing', () => {
    const nothing = hashes.sha256('')
    fc.assert(
      fc.property(
        fc.constantFrom(...ads),
        fc.record(
          Object.fromEntries(
            ['email', 'phone', 'first_name', 'last_name', 'city', 'region', 'postcode', 'country', 'birth_date', 'gender'].map(
              (f) => [f, fc.constantFrom(null, '', ' ', '.', '-', 'a@example.com', '+15551234567', 'x')],
            ),
          ),
        ),
        (name, person) => {
          const made = shapeAll(shipped(name), [person as Person])[0]
          if (typeof made !== 'string') expect(made?.[0]?.cells).not.toContain(nothing)
        },
      ),
      { numRuns: 300 },
    )
  })
  it('of values that are hashed already are kept in lower case; those of another way are hashed', () => {
    const upper = hashes.sha256('a@example.com').toUpperCase()
    const first = (value: string) => {
      const made = shapeAll(shipped('google-customer-match'), [{ email: value }])[0]
      return typeof made === 'string' ? made : made?.[0]?.cells[0]
    }
    expect(first(upper)).toBe(upper.toLowerCase())
    expect(first(hashes.md5('a@example.com'))).toBe('not-in-shape')
  })
})

describe('profiles as data', () => {
  it('a header may repeat for several values, sound ones first, each once', () => {
    const google = shipped('google-customer-match')
    const values = ['email', 'email_2', 'phone']
    const shape = shaperOf(google, { values, params: { hash: 'none' } })
    expect(shape.headers).toEqual(['Email', 'Email', 'Phone', 'First Name', 'Last Name', 'Country', 'Zip'])
    const made = shape.take(['quinn', 'B@example.com', null])
    expect(typeof made === 'string' ? made : made[0]?.cells.slice(0, 2)).toEqual(['b@example.com', ''])
  })
  it('a field that holds a list fills the headers that repeat', () => {
    const shape = shaperOf(shipped('google-customer-match'), {
      values: ['email'],
      params: { hash: 'none' },
      more: { lists: new Set(['email']) },
    })
    const made = shape.take([['a@example.com', 'A@example.com', 'b@example.com']])
    expect(typeof made === 'string' ? made : made[0]?.cells.slice(0, 3)).toEqual(['a@example.com', 'b@example.com', ''])
  })
  it('several values may stand together with a blank between, those that are known', () => {
    const profile = own(
      'profile: own\ntitle: t\nchannel: none\ncolumns: [{ header: who, from: [nick, [first, last], customer] }]',
    )
    const people: Person[] = [
      { nick: 'Annie', first: 'Ann', last: 'Smith' },
      { first: ' Ann ', last: 'Smith' },
      { last: 'Smith' },
      { first: ' ', customer: 'C-4' },
      { first: 'Ann', last: ['van', 'Dyke'] },
    ]
    const values = ['customer', 'nick', 'first', 'last']
    const who = (wanted: readonly string[]): unknown =>
      shapeAll(profile, people, { values: wanted }).map((m) => (typeof m === 'string' ? m : m[0]?.cells[0]))
    expect(who(values)).toEqual(['Annie', 'Ann Smith', 'Smith', 'C-4', 'Ann van;Dyke'])
    expect(who(['last'])).toEqual(['Smith', 'Smith', 'Smith', '', 'van;Dyke'])
    expect(wantedValues(profile, paramsOf(profile))).toEqual(['nick', 'first', 'last', 'customer'])
  })
  it('a column may make one row of each value', () => {
    const profile = own(
      'profile: own\ntitle: t\nchannel: none\nrequires: [to]\ncolumns: [{ header: to, from: phones, spread: true, as: [phone] }, { header: id, from: customer }]',
    )
    const made = shapeAll(profile, [{ phones: ['+375291234567', 'x', '+375291234568'], customer: 'C-1' }])[0]
    expect(typeof made === 'string' ? made : made?.map((m) => m.cells)).toEqual([
      ['+375291234567', 'C-1'],
      ['+375291234568', 'C-1'],
    ])
  })
  it('rows are parted by consent where a tool has one status a file', () => {
    const made = shapeAll(shipped('listmonk'), [
      { email: 'a@example.com', consent: 'confirmed' },
      { email: 'b@example.com', consent: 'unknown' },
    ])
    expect(made.map((m) => (typeof m === 'string' ? m : m[0]?.part))).toEqual(['confirmed', 'unknown'])
  })
  it('those who left go out by the columns that take them out, with the action of a bulk file', () => {
    const meta = shaperOf(shipped('meta-custom-audience'), {
      values: ['customer', 'email', 'first_name'],
      more: { removing: true },
    })
    expect(meta.headers).toEqual(['email', 'phone', 'extern_id'])
    const bulk = (removing: boolean) => shaperOf(shipped('microsoft-ads'), { values: ['email'], more: { removing } }).before[1]
    expect(bulk(false)).toContain('Add')
    expect(bulk(true)).toContain('Remove')
    expect(bulk(false)).toContain('spring')
  })
  it('columns of an audience come after its own, or into the JSON', () => {
    const extra = { extra: ['spend'] }
    const row = { email: 'a@example.com', spend: { decimal: '12.50' } }
    const last = (name: string) => {
      const made = shapeAll(shipped(name), [row], { values: ['email', 'spend'], more: extra })[0]
      return typeof made === 'string' ? made : made?.[0]?.cells.at(-1)
    }
    expect(last('klaviyo')).toEqual({ decimal: '12.50' })
    expect(last('listmonk')).toBe('{"spend":12.50}')
  })
  it('names the values it wants, those of the other parameters left out', () => {
    expect(wantedValues(shipped('snapchat'), paramsOf(shipped('snapchat')))).toEqual(['email'])
    expect(wantedValues(shipped('snapchat'), paramsOf(shipped('snapchat'), { id: 'phone' }))).toEqual(['phone', 'country'])
  })
})

describe('wrong profiles', () => {
  const head = 'profile: own\ntitle: t\nchannel: none\n'
  it.each([
    ['an unknown key', `${head}colums: [{ header: a, from: b }]`, 'unknown-key: unknown key `colums`', 'did you mean `columns`?'],
    [
      'an unknown channel',
      'profile: own\ntitle: t\nchannel: mail\ncolumns: [{ header: a, from: b }]',
      'wrong-type: expected `email` or `sms` or `ads` or `post` or `push` or `none`, found `mail`',
      undefined,
    ],
    [
      'an unknown transform',
      `${head}columns: [{ header: a, from: b, as: [emial] }]`,
      'unknown-transform: no transform `emial`',
      'did you mean `email`?',
    ],
    [
      'an argument that is missing',
      `${head}columns: [{ header: a, from: b, as: [join] }]`,
      'transform: `join` takes an argument',
      'write `{ join: … }` with text',
    ],
    [
      'an argument too many',
      `${head}columns: [{ header: a, from: b, as: [{ lower: x }] }]`,
      'transform: `lower` takes no argument',
      'write `lower` alone',
    ],
    [
      'a hash that is not last',
      `${head}columns: [{ header: a, from: b, as: [hash, lower] }]`,
      'hash-not-last: `hash` is not the last transform',
      'a hash can only be written down: put it last',
    ],
    [
      'a header twice',
      `${head}columns: [{ header: a, from: b }, { header: a, from: c }]`,
      'duplicate-header: two columns are called `a`',
      'write `repeat:` and a list under `from:` for a header that stands several times',
    ],
    [
      'a column with nothing in it',
      `${head}columns: [{ header: a }]`,
      'column: the column `a` has nothing to hold',
      'give it one of `from:`, `value:`, `object:`',
    ],
    [
      'a key that is no column',
      `${head}key: Email\ncolumns: [{ header: email, from: email }]`,
      'unknown-column: no column `Email` in this profile',
      'did you mean `email`?',
    ],
    [
      'a parameter that is not there',
      `${head}columns: [{ header: { param: id }, from: b }]`,
      'unknown-param: no parameter `id` in this profile',
      'define it under `params:`',
    ],
    [
      'a word that is none',
      `${head}params: { id: { about: x, words: [email, phone], default: email } }\ncolumns: [{ header: a, from: b, when: { id: fax } }]`,
      'unknown-word: `fax` is no word of the parameter `id`',
      'words: `email`, `phone`',
    ],
    [
      'another name than its file',
      'profile: other\ntitle: t\nchannel: none\ncolumns: [{ header: a, from: b }]',
      'profile-name: the file is called `own`, its profile `other`',
      'give both the same name',
    ],
    [
      'a size that is none',
      `${head}file: { bytes: 20 megs }\ncolumns: [{ header: a, from: b }]`,
      'wrong-type: expected a size such as `20 MB`, found `20 megs`',
      undefined,
    ],
    [
      'no YAML at all',
      'profile: [',
      'yaml: flow sequence in block collection must be sufficiently indented and end with a ]',
      undefined,
    ],
  ])('%s is told with its place', (_, text, told, help) => {
    const { profile, problems } = written(text)
    expect(profile).toBeUndefined()
    expect(problems.map((p) => `${p.code}: ${p.message}`)[0]).toBe(told)
    if (help !== undefined) expect(problems[0]?.help).toBe(help)
    expect(problems[0]?.span).toBeDefined()
  })
  it('all mistakes are told in one pass', () => {
    const { problems } = written(`${head}keyy: a\ncolumns: [{ header: a, from: b, as: [emial] }, { header: c, form: d }]`)
    expect(problems.map((p) => p.code)).toEqual(['unknown-key', 'unknown-transform', 'unknown-key'])
  })
})

describe('golden files', () => {
  const writing = process.env['TRANSCRIPTS'] === 'write'
  const people: Person[] = [
    {
      customer: '00042',
      email: ' Ann.Smith+News@GMail.com',
      phone: '8 (029) 123-45-67',
      first_name: 'Ann "Annie"',
      last_name: "O'Neill, Jr.",
      birth_date: '1990-05-17',
      gender: 'female',
      city: 'Минск',
      region: null,
      country: 'Беларусь',
      postcode: '220030',
      company: 'Tea & Co; Ltd',
      address: 'Main St 1\nflat 2',
      tags: ['tea', 'sweet, salty'],
      created_on: '2024-05-01',
      twitter: '@Ann',
      device_id: 'F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6',
      consent: 'yes',
    },
    {
      customer: '=cmd',
      email: 'bob@example.com',
      phone: null,
      first_name: '@SUM(1)',
      last_name: null,
      country: 'US',
      city: 'Boston',
      postcode: '02108-1234',
      region: 'Massachusetts',
      consent: 'yes',
    },
    { customer: 'C-3', email: 'nobody', phone: '+1', first_name: 'Zoë', consent: 'yes' },
  ]
  const values = [...new Set(people.flatMap((p) => Object.keys(p)))]
  for (const { name } of profileFiles(undefined))
    it(`${name} makes of three customers what it made before`, () => {
      const { files } = filesOf(shipped(name), people, { values, country: 'BY' })
      const golden = new URL(`profiles/${name}.golden`, import.meta.url)
      expect(files).toHaveLength(1)
      if (writing) writeFileSync(golden, files[0] as Buffer)
      else expect(files[0]?.toString()).toBe(readFileSync(golden, 'utf8'))
    })
})
