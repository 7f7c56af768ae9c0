import { Command } from "commander";
import { readDeployment } from "../lib/config/load.ts";
import { costLines, costPage } from "../lib/cost/cost-page.ts";
import { deploymentFile, deploymentOption } from "./deployment-option.ts";
import type { Output } from "./output.ts";

export function costCommand({ print }: Output): Command {
  return new Command("cost")
    .description("estimate what an environment costs each month, before traffic")
    .addOption(deploymentOption())
    .option("--page", "print docs/cost.md: dev, prod, every price and its source")
    .action(async ({ config, page }: { config: string; page?: true }) => {
      const read = (environment: string) => readDeployment(deploymentFile(environment));
      if (page) print(costPage([await read("dev"), await read("prod")]).trimEnd());
      else for (const line of costLines(await read(config))) print(line);
    });
}
