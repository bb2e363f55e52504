// On the global object these two are accessors, and every use would call one.
export { Buffer } from 'node:buffer'
export { default as process } from 'node:process'
