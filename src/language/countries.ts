/** Countries by what people call them: two letters, three letters, or a name in one of some languages. Whose they are decides how a number is read. */
import { type Country, country, phone, soundPhone } from './phones.js'

/** The two letters of ISO 3166-1, upper case; undefined where the text names no country. */
export function alpha2(text: string): string | undefined {
  let found = known.get(text)
  if (found === undefined && !known.has(text)) {
    found = lookUp(text)
    if (known.size < MOST_KNOWN) known.set(text, found)
  }
  return found
}

export const alpha3 = (text: string): string | undefined => {
  const two = alpha2(text)
  return two === undefined ? undefined : byTwo.get(two)
}

/** The region of a customer's phone numbers: his country's, where it is one, else the project's. */
export function regionOf(text: string | null | undefined, fallback: Country): Country {
  if (text === null || text === undefined || text === '') return fallback
  const two = alpha2(text)
  return two === undefined ? fallback : (country(two) ?? fallback)
}

/** A number as people in the customer's country write it, else as in the project's; undefined where it is none in either. */
export function numberOf(text: string, own: string | null | undefined, project: Country): string | undefined {
  return numberWithin(text, regionOf(own, project), project)
}

/** A number that neither is given out in the customer's country nor names one is the project's, where it is one there. */
function numberWithin(text: string, region: Country, project: Country): string | undefined {
  if (region === project) return phone(text, region)
  return soundPhone(text, region) ?? soundPhone(text, project) ?? phone(text, region) ?? phone(text, project)
}

/** The same number where it may be told to a tool: undefined where it is one that nobody can have. */
export function soundNumber(text: string, region: Country, project: Country): string | undefined {
  return soundPhone(text, region) ?? (region === project ? undefined : soundPhone(text, project))
}

const MOST_KNOWN = 10_000
const known = new Map<string, string | undefined>()

const codes =
  'AF AFG AX ALA AL ALB DZ DZA AS ASM AD AND AO AGO AI AIA AQ ATA AG ATG AR ARG AM ARM AW ABW AU AUS AT AUT AZ AZE BS BHS BH BHR BD BGD BB BRB BY BLR BE BEL BZ BLZ BJ BEN BM BMU BT BTN BO BOL BQ BES BA BIH BW BWA BV BVT BR BRA IO IOT BN BRN BG BGR BF BFA BI BDI CV CPV KH KHM CM CMR CA CAN KY CYM CF CAF TD TCD CL CHL CN CHN CX CXR CC CCK CO COL KM COM CG COG CD COD CK COK CR CRI CI CIV HR HRV CU CUB CW CUW CY CYP CZ CZE DK DNK DJ DJI DM DMA DO DOM EC ECU EG EGY SV SLV GQ GNQ ER ERI EE EST SZ SWZ ET ETH FK FLK FO FRO FJ FJI FI FIN FR FRA GF GUF PF PYF TF ATF GA GAB GM GMB GE GEO DE DEU GH GHA GI GIB GR GRC GL GRL GD GRD GP GLP GU GUM GT GTM GG GGY GN GIN GW GNB GY GUY HT HTI HM HMD VA VAT HN HND HK HKG HU HUN IS ISL IN IND ID IDN IR IRN IQ IRQ IE IRL IM IMN IL ISR IT ITA JM JAM JP JPN JE JEY JO JOR KZ KAZ KE KEN KI KIR KP PRK KR KOR KW KWT KG KGZ LA LAO LV LVA LB LBN LS LSO LR LBR LY LBY LI LIE LT LTU LU LUX MO MAC MG MDG MW MWI MY MYS MV MDV ML MLI MT MLT MH MHL MQ MTQ MR MRT MU MUS YT MYT MX MEX FM FSM MD MDA MC MCO MN MNG ME MNE MS MSR MA MAR MZ MOZ MM MMR NA NAM NR NRU NP NPL NL NLD NC NCL NZ NZL NI NIC NE NER NG NGA NU NIU NF NFK MK MKD MP MNP NO NOR OM OMN PK PAK PW PLW PS PSE PA PAN PG PNG PY PRY PE PER PH PHL PN PCN PL POL PT PRT PR PRI QA QAT RE REU RO ROU RU RUS RW RWA BL BLM SH SHN KN KNA LC LCA MF MAF PM SPM VC VCT WS WSM SM SMR ST STP SA SAU SN SEN RS SRB SC SYC SL SLE SG SGP SX SXM SK SVK SI SVN SB SLB SO SOM ZA ZAF GS SGS SS SSD ES ESP LK LKA SD SDN SR SUR SJ SJM SE SWE CH CHE SY SYR TW TWN TJ TJK TZ TZA TH THA TL TLS TG TGO TK TKL TO TON TT TTO TN TUN TR TUR TM TKM TC TCA TV TUV UG UGA UA UKR AE ARE GB GBR UM UMI US USA UY URY UZ UZB VU VUT VE VEN VN VNM VG VGB VI VIR WF WLF EH ESH YE YEM ZM ZMB ZW ZWE XK XKX'.split(
    ' ',
  )
const byTwo = new Map(codes.flatMap((code, i) => (i % 2 === 0 ? [[code, codes[i + 1] as string] as const] : [])))
const byThree = new Map([...byTwo].map(([two, three]) => [three, two]))

/** Names beside those of the Unicode tables. */
const aliases: Readonly<Record<string, string>> = {
  uk: 'GB',
  england: 'GB',
  scotland: 'GB',
  wales: 'GB',
  'great britain': 'GB',
  'united states of america': 'US',
  america: 'US',
  eire: 'IE',
  holland: 'NL',
  'the netherlands': 'NL',
  'czech republic': 'CZ',
  'south korea': 'KR',
  'republic of korea': 'KR',
  rsa: 'ZA',
  uae: 'AE',
  turkey: 'TR',
  'russian federation': 'RU',
  рф: 'RU',
  'российская федерация': 'RU',
  белоруссия: 'BY',
  'республика беларусь': 'BY',
  рб: 'BY',
  сша: 'US',
  англия: 'GB',
  голландия: 'NL',
  корея: 'KR',
  оаэ: 'AE',
}
const languages = ['en', 'ru', 'be', 'uk', 'kk', 'de', 'fr', 'es', 'it', 'pt', 'pl']

let names: ReadonlyMap<string, string> | undefined
const byName = (): ReadonlyMap<string, string> => {
  if (names !== undefined) return names
  const made = new Map(Object.entries(aliases))
  for (const language of languages) {
    const called = new Intl.DisplayNames([language], { type: 'region' })
    for (const two of byTwo.keys()) {
      const name = plain(called.of(two) ?? two)
      if (!made.has(name)) made.set(name, two)
    }
  }
  names = made
  return made
}

const plain = (text: string): string => text.normalize('NFC').toLowerCase().replace(/[.’']/g, '').replace(/\s+/g, ' ').trim()

function lookUp(text: string): string | undefined {
  const name = plain(text)
  const code = name.toUpperCase()
  if (code === 'UK') return 'GB'
  if (code.length === 2 && byTwo.has(code)) return code
  if (code.length === 3 && byThree.has(code)) return byThree.get(code)
  return byName().get(name)
}
