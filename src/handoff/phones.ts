/** Phone numbers as tools want them: in E.164, read as everywhere else. */
export { phone as e164 } from '../language/phones.js'
