import { runDeletes } from "./deployment-deletes";
import type { DeploymentContext } from "./deployment-run";
import { Planner } from "./plan";
import { programFailure } from "./program/exit-code";
import { ProgramSession } from "./program-session";
import { Registrations } from "./registrations";

/** Runs the program, does what it asks for, then deletes what it did not ask for. */
export async function runUpdate(context: DeploymentContext): Promise<void> {
  const { options, preview, journal, halt, emit, fail } = context;
  const { program, continueOnError } = options;
  if (!program) throw new Error(`a deployment of kind "${options.kind}" needs a program`);
  const base = journal.base.filter((row) => !journal.isRemoved(row));
  const planner = new Planner({ ...context, base, refuse: fail });
  const registrations = new Registrations({ ...context, planner, continueOnError });
  const session = new ProgramSession(context, registrations);
  await program.begin({ ...options, dryRun: preview }, session, (severity, message) =>
    emit({ kind: "diagnostic", message, severity }),
  );
  context.providers.preload();
  const end = await Promise.race([session.ended, program.exited, halt.thrown]);
  const failure = end && programFailure(end);
  if (failure) {
    if (failure.message) fail(failure.message);
    halt.now("failed");
  }
  await registrations.settled();
  const complete = !halt.isHalted && (await runDeletes(context, (row) => planner.isWanted(row)));
  registrations.finishStack(complete && !registrations.failed);
  session.release();
  halt.release();
  await Promise.all([journal.save(), program.end(halt.isHalted ? "halted" : "finished")]);
}
