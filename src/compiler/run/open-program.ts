import { compileProgram, type CompiledProgram, type ProgramMemory } from './compiled-program.js';
import type { OpenOptions, PreparedProgram } from './prepared-program.js';
import { ProfiledProgram } from './profiled-program.js';

/** Makes a prepared program run over a memory; with `profile`, its calls are timed. */
export async function openProgram(program: PreparedProgram, memory: ProgramMemory, options: OpenOptions): Promise<CompiledProgram> {
  const compiled = await compileProgram(program.graph, memory, (place, lower) => program.open(place, lower, options));
  await program.complete();
  return options.profile ? new ProfiledProgram(compiled) : compiled;
}
