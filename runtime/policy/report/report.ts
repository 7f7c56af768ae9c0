import { createPolicySql, rowPolicies } from "../database/row-policies.ts";
import type { DatasetDescription } from "../language/dataset-descriptions.ts";
import type { Condition, DatasetPolicy, Policy } from "../language/policy.ts";
import { qualified } from "../database/sql.ts";

/** An analytics database that a deployment attaches. */
export interface Source {
  readonly id: string;
  readonly region: string;
  readonly engine: string;
  /** The reason why the database has no row security, and so one lock only; undefined when it has both locks. */
  readonly oneLockBecause: string | undefined;
  readonly tenants: readonly string[];
}

export interface ReportInput {
  readonly policy: Policy;
  /** Hash of the compiled policy. */
  readonly hash: string;
  readonly descriptions: ReadonlyMap<string, DatasetDescription>;
  readonly deployments: readonly { readonly file: string; readonly sources: readonly Source[] }[];
}

const introduction = [
  "A guest is a person with a signed token, which carries the claims that are named here.",
  "**Lock 1** is a clause that Superset adds to every query of a guest.",
  "**Lock 2** is row-level security in the analytics database,",
  "which verifies a signature on the claims by itself ([why](../adr/0008-signed-claims.md)).",
  "Each holds without the other.",
  "A dataset that does not name a role shows it nothing,",
  "and so does a claim that is missing, empty or of another type.",
  "Own school means the rows whose tenant and school_id are the token's;",
  "any other own claim means the rows whose column has its value, or one of its values.",
].join("\n");

/** Returns the auditor's page in Markdown: who sees which rows, the SQL of both locks, and sources with one lock only. */
export function policyReport({ policy, hash, descriptions, deployments }: ReportInput): string {
  const roles = [...new Set([...policy.datasets.values()].flatMap((dataset) => [...dataset.roles.keys()]))];
  const datasets = [...policy.datasets];
  const headings = [
    ...datasets.map(([, dataset]) => titleOf(descriptions, dataset)),
    ...["Datasets that are SQL", "Sources", "How to see it yourself", "What this page does not cover"],
  ];
  return `${[
    "# Who sees which rows",
    "Written by `homeroom policy report` from `content/policies/rows.yaml`; a test refuses a page that is not current.",
    `Policy ${hash}.`,
    introduction,
    ["Contents:", ...headings.map((heading) => `- ${linkTo(heading)}`)].join("\n"),
    table(
      ["dataset", "sensitivity", ...roles],
      datasets.map(([, dataset]) => [
        titleOf(descriptions, dataset),
        descriptionOf(descriptions, dataset)?.sensitivity ?? "–",
        ...roles.map((role) => summarise(dataset.roles.get(role))),
      ]),
    ),
    ...datasets.flatMap(([, dataset]) => section(dataset, roles, descriptions)),
    "## Datasets that are SQL",
    [
      "A dataset that an author writes as SQL has no rows of its own.",
      "Lock 1 puts the clause of each table around every mention of that table in the SQL,",
      "and refuses SQL that it cannot read, that names a table that this page does not,",
      "or that calls a function which could read another.",
      "Lock 2 holds in the tables as ever.",
    ].join("\n"),
    ...(policy.sqlDatasets.size === 0
      ? []
      : [
          table(
            ["dataset", "may name these tables"],
            [...policy.sqlDatasets].map(([name, { tables }]) => [name, tables.join(", ")]),
          ),
        ]),
    "## Sources",
    [
      "Only PostgreSQL has row-level security of its own.",
      "A source without it is refused unless the configuration gives a reason.",
      "It cannot be what tenants read, and it is labelled **one lock** here.",
    ].join("\n"),
    ...deployments.flatMap(({ file, sources }) => [
      `### ${file}`,
      table(
        ["source", "region", "engine", "read by", "locks"],
        sources.map(({ id, region, engine, oneLockBecause, tenants }) => [
          id,
          region,
          engine,
          tenants.length === 0 ? "nobody" : tenants.join(", "),
          oneLockBecause === undefined ? "two" : `**one lock**: ${oneLockBecause}`,
        ]),
      ),
    ]),
    "## How to see it yourself",
    '| command | what it shows |\n|---|---|\n| `homeroom policy check --url …` | that an analytics database is locked as this page says, and that nothing a reader can select escapes it |\n| `homeroom policy explain --role teacher --school 42 --class-ids 4201 --chart …` | the SQL that really runs for a person, with both locks; `--filter "Subject area=Science"` sets a filter of the dashboard |\n| `homeroom policy plan --url …` | what would change in a database to make it so |',
    "## What this page does not cover",
    [
      "- Authors in the studio see every row of the shared database; who is an author is decided there.",
      "- Whoever owns the tables, administers the database or controls Superset's processes is above both locks.",
      "- The planner's row estimates (`EXPLAIN`) and the sizes of tables are visible to SQL that runs as the reader;",
      "  rows are not.",
    ].join("\n"),
  ].join("\n\n")}\n`;
}

const descriptionOf = (
  descriptions: ReportInput["descriptions"],
  { table: name }: DatasetPolicy,
): DatasetDescription | undefined => descriptions.get(name.slice(name.indexOf(".") + 1));

const titleOf = (descriptions: ReportInput["descriptions"], dataset: DatasetPolicy): string =>
  descriptionOf(descriptions, dataset)?.title ?? dataset.table;

/** A link to the heading with this title on the same page, by the anchor that GitHub gives it. */
function linkTo(title: string): string {
  const anchor = title.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "");
  return `[${title}](#${anchor.replaceAll(" ", "-")})`;
}

function section(
  dataset: DatasetPolicy,
  roles: readonly string[],
  descriptions: ReportInput["descriptions"],
): string[] {
  const description = descriptionOf(descriptions, dataset);
  const readerPolicies = rowPolicies(dataset).filter((policy) => policy.name === "homeroom_reader");
  return [
    `## ${titleOf(descriptions, dataset)}`,
    [
      `Table \`${dataset.table}\`.`,
      ...(description === undefined ? [] : [description.description, `Owner ${description.owner}.`]),
    ].join("\n"),
    table(
      ["role", "sees", "lock 1"],
      roles.map((role) => {
        const conditions = dataset.roles.get(role);
        return [role, summarise(conditions), `\`${conditions?.map(clauseTemplate).join(" AND ") ?? "1 = 0"}\``];
      }),
    ),
    "Lock 2, on a table; a view has the policies of the tables that it reads instead:",
    `\`\`\`sql\n${readerPolicies.map((policy) => lines(createPolicySql(qualified(dataset.table), policy))).join("\n")}\n\`\`\``,
  ];
}

/** Returns the row clause of a condition with a placeholder in place of a person's value. */
const clauseTemplate = ({ column, op, claim }: Condition): string =>
  op === "in" ? `${column} IN (‹${claim}›)` : `${column} = ‹${claim}›`;

function summarise(conditions: readonly Condition[] | undefined): string {
  if (conditions === undefined) return "nothing";
  const furtherConditions = conditions.filter(({ column }) => column !== "tenant" && column !== "school_id");
  return furtherConditions.length === 0
    ? "own school"
    : `own school, ${furtherConditions.map(({ claim }) => `own ${claim}`).join(", ")}`;
}

/** Puts each condition of a policy on a line of its own, those of a role below the role. */
function lines(sql: string): string {
  const [everybody = "", ...ofRoles] = sql.replace(" using ", "\n  using ").split(" and ((");
  const roles = ofRoles.map((part) => part.replaceAll(" or ", "\n      or ").replaceAll(" and ", "\n        and "));
  return `${[everybody.replaceAll(" and ", "\n    and "), ...roles].join("\n    and ((")};`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}
