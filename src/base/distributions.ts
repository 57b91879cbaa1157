/** The distributions behind tests and intervals: normal, chi-squared, Student's t, beta. Pure numbers, about 15 digits. */

const HALF_LN_2PI = 0.9189385332046728
/** Smaller than what any term still changes. */
const TINY = 1e-300
const EPSILON = 1e-16
const MOST_TERMS = 100_000

/** ln Γ(x) for x > 0: multiplied up to x ≥ 10, then Stirling's series. */
export function lnGamma(x: number): number {
  if (!(x > 0)) throw new RangeError(`lnGamma of ${x}`)
  let product = 1
  let y = x
  for (; y < 10; y++) product *= y
  const r = 1 / (y * y)
  const series = 1 / 12 + r * (-1 / 360 + r * (1 / 1260 + r * (-1 / 1680 + r * (1 / 1188 + r * (-691 / 360360 + r * (1 / 156))))))
  return (y - 0.5) * Math.log(y) - y + HALF_LN_2PI + series / y - Math.log(product)
}

/** Beyond it nothing is kept. */
const MOST_KEPT = 1 << 20
let lnFactorials = new Float64Array(0)

/** ln n! of a whole number, each worked out once. */
export function lnFactorial(n: number): number {
  if (n >= MOST_KEPT) return lnGamma(n + 1)
  if (n >= lnFactorials.length) lnFactorials = widened(lnFactorials, Math.min(MOST_KEPT, Math.max(1024, 2 * n)))
  const known = lnFactorials[n]!
  if (!Number.isNaN(known)) return known
  const found = lnGamma(n + 1)
  lnFactorials[n] = found
  return found
}

function widened(kept: Float64Array, size: number): Float64Array<ArrayBuffer> {
  const wider = new Float64Array(size).fill(Number.NaN)
  wider.set(kept)
  return wider
}

/** P(Z > z) of the standard normal; keeps its digits far out. */
export const normalUpper = (z: number): number => (z < 0 ? 1 - normalUpper(-z) : gammaUpper(0.5, (z * z) / 2) / 2)

/** P(Z < z) of the standard normal. */
export const normalCdf = (z: number): number => normalUpper(-z)

/** The z that p of the standard normal is below, 0 < p < 1. Wichura 1988, algorithm AS 241 (PPND16). */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`normal quantile of ${p}`)
  const q = p - 0.5
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q
    return (q * polynomial(CENTRE, r)) / polynomial(UNDER_CENTRE, r)
  }
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p))
  const z =
    r <= 5
      ? polynomial(SHOULDER, r - 1.6) / polynomial(UNDER_SHOULDER, r - 1.6)
      : polynomial(TAIL, r - 5) / polynomial(UNDER_TAIL, r - 5)
  return q < 0 ? -z : z
}

/** Highest power last. */
const CENTRE = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
  33430.57558358813, 2509.0809287301227,
]
const UNDER_CENTRE = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943,
  5226.495278852854,
]
const SHOULDER = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
  0.022723844989269184, 0.0007745450142783414,
]
const UNDER_SHOULDER = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457, 0.0005475938084995345,
  1.0507500716444169e-9,
]
const TAIL = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124, 0.0012426609473880784,
  2.7115555687434876e-5, 2.0103343992922881e-7,
]
const UNDER_TAIL = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5,
  1.421511758316446e-7, 2.0442631033899397e-15,
]

const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0)

/** P(X > x) of chi-squared with `df` degrees of freedom, x ≥ 0. */
export const chiSquaredUpper = (x: number, df: number): number => gammaUpper(df / 2, x / 2)

/** The upper incomplete gamma function, regularised: a series below a + 1, Lentz's continued fraction above. */
function gammaUpper(a: number, x: number): number {
  if (x <= 0) return 1
  const front = Math.exp(a * Math.log(x) - x - lnGamma(a))
  if (x >= a + 1) return front === 0 ? 0 : front * gammaFraction(a, x)
  let [term, sum] = [1 / a, 1 / a]
  for (let n = 1; n < MOST_TERMS && term > sum * EPSILON; n++) {
    term *= x / (a + n)
    sum += term
  }
  return 1 - front * sum
}

const gammaFraction = (a: number, x: number): number =>
  1 /
  lentz(
    x + 1 - a,
    (n) => n * (a - n),
    (n) => x + 1 - a + 2 * n,
  )

/** Two-sided p of Student's t: P(|T| > |t|) with `df` > 0 degrees of freedom, whole or not. */
export const studentTwoSided = (t: number, df: number): number => {
  const of = df + t * t
  return incompleteBeta(df / of, (t * t) / of, df / 2, 0.5)
}

/** The t that |T| exceeds with probability `alpha`, 0 < alpha < 1. */
export function studentCritical(alpha: number, df: number): number {
  let high = 2
  while (studentTwoSided(high, df) > alpha) high *= 2
  return falling((t) => studentTwoSided(t, df) - alpha, 0, high)
}

/** The x that `p` of the beta distribution is below; a, b > 0. */
export const betaQuantile = (p: number, a: number, b: number): number => falling((x) => p - incompleteBeta(x, 1 - x, a, b), 0, 1)

/** Where a falling function crosses zero, by halving. */
export function falling(f: (x: number) => number, from: number, to: number): number {
  let [low, high] = [from, to]
  for (let n = 0; n < 200; n++) {
    const middle = (low + high) / 2
    if (middle <= low || middle >= high) break
    if (f(middle) > 0) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** The incomplete beta function, regularised; y = 1 - x is given for its digits. */
function incompleteBeta(x: number, y: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (y <= 0) return 1
  const front = Math.exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log(y))
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(y, b, a)) / b
}

const betaFraction = (x: number, a: number, b: number): number =>
  1 /
  lentz(
    1,
    (n) => {
      const m = (n - 1) >> 1
      return n % 2 === 1
        ? (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
        : ((m + 1) * (b - m - 1) * x) / ((a + 2 * m + 1) * (a + 2 * m + 2))
    },
    () => 1,
  )

/** A continued fraction first + n1/(d1 + n2/(d2 + …)) by the modified method of Lentz. */
function lentz(first: number, numerator: (n: number) => number, denominator: (n: number) => number): number {
  let f = first || TINY
  let c = f
  let d = 0
  for (let n = 1; ; n++) {
    const [above, below] = [numerator(n), denominator(n)]
    d = 1 / (below + above * d || TINY)
    c = below + above / c || TINY
    const step = c * d
    f *= step
    if (Math.abs(step - 1) < 2 * Number.EPSILON || n > MOST_TERMS) return f
  }
}
