import type { Executable, ExecutableFamily, ProgramSignature } from '../program.js';

/** Name of the entry of a family that holds one program. */
export const ONLY = 'only';

/** A family of the one entry `ONLY` as an executable. */
export const singleEntry = (signature: ProgramSignature, family: Omit<ExecutableFamily, 'state' | 'entries'>): Executable => ({
  signature,
  run: (inputs) => family.run(ONLY, inputs),
  recycle: (results) => family.recycle(results),
  readState: (names) => family.readState(names),
  writeState: (state) => family.writeState(state),
  profile: () => family.profile(ONLY),
  dispose: () => family.dispose(),
});
