export { processIo, type ProgramIo as CliIo } from '../console/program-io.ts'
