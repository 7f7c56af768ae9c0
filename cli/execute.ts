import { Command, CommanderError } from "commander";
import { ExpectedError } from "../contract/index.ts";
import { Judgement } from "./judgement.ts";
import type { Output } from "./output.ts";

const terminal: Output = { print: (line) => console.log(line), fail: (line) => console.error(line) };

export interface ProgramProps {
  readonly description: string;
  readonly commands: readonly ((output: Output) => Command)[];
}

/** Runs a command. The exit code is 0 for success, 1 for an expected error, 2 for a wrong command line, or a judgement's own. */
export async function execute(props: ProgramProps, argv: readonly string[], output = terminal): Promise<number> {
  const program = new Command("homeroom")
    .description(props.description)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.print(text.trimEnd()),
      writeErr: (text) => output.fail(text.trimEnd()),
    });
  for (const command of props.commands.map((make) => make(output))) {
    inheritSettings(program, command);
    program.addCommand(command);
  }
  const code = await program.parseAsync([...argv]).then(
    () => 0,
    (error: unknown) => {
      if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
      if (!(error instanceof ExpectedError)) throw error;
      output.fail(error.message);
      return error instanceof Judgement ? error.exitCode : 1;
    },
  );
  process.exitCode = code;
  return code;
}

function inheritSettings(parent: Command, child: Command): void {
  child.copyInheritedSettings(parent);
  for (const grandchild of child.commands) inheritSettings(child, grandchild);
}
