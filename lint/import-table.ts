import rows from "./imports.json" with { type: "json" };

/** One row of the table "Who may import whom": folders or files, and what they may import beside themselves. */
export interface ImportRow {
  readonly rooms: readonly string[];
  readonly may: readonly string[];
  /** Allows imports of types only. @default false */
  readonly typesOnly?: boolean;
  /** Allows AWS CDK. @default false */
  readonly cdk?: boolean;
}

/** One import statement; `target` is a path of the repository or the name of a package. */
export interface Import {
  readonly file: string;
  readonly target: string;
  /** Tells a path of the repository from a package. */
  readonly ours: boolean;
  readonly typeOnly: boolean;
}

export const importRows: readonly ImportRow[] = rows;

const within = (path: string, room: string): boolean => path === room || path.startsWith(`${room}/`);

/** Finds the narrowest room that holds a file, and its row. */
function placeOf(file: string): { readonly room: string; readonly row: ImportRow } | undefined {
  return importRows
    .flatMap((row) => row.rooms.filter((room) => within(file, room)).map((room) => ({ room, row })))
    .sort((left, right) => right.room.length - left.room.length)[0];
}

/** Says why an import is refused; undefined when the table allows it. */
export function refusal({ file, target, ours, typeOnly }: Import): string | undefined {
  const place = placeOf(file);
  if (place === undefined) return `${file} is in no room of lint/imports.json: add one`;
  const { room, row } = place;
  if (!ours) {
    if (row.cdk === true || !/^(?:aws-cdk-lib|cdk-nag)(?:\/|$)/.test(target)) return undefined;
    return `${file} imports ${target}: ${room} knows nothing of AWS CDK; hand it plain values or an interface`;
  }
  if (within(target, room)) return undefined;
  if (!row.may.some((allowed) => within(target, allowed))) {
    return `${file} imports ${target}: ${room} may import ${row.may.join(", ") || "nothing else of ours"} (lint/imports.json)`;
  }
  if (row.typesOnly === true && !typeOnly) return `${file} imports ${target}: ${room} may import its types only`;
  return undefined;
}

/** Prints the table for ARCHITECTURE.md. */
export function importTable(): string {
  const lines = importRows.map(({ rooms, may, typesOnly, cdk }) => {
    const allowed = may.length === 0 ? "nothing" : `${braced(may)}${typesOnly === true ? " (types only)" : ""}`;
    return `| ${braced(rooms)} | ${allowed} | ${cdk === true ? "yes" : "no"} |`;
  });
  return ["| folder or file | may import | AWS CDK |", "|---|---|---|", ...lines].join("\n");
}

/** Groups paths by their folder: `lib/{config,naming.ts}`. */
function braced(paths: readonly string[]): string {
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const slash = path.indexOf("/");
    const folder = path.slice(0, slash + 1);
    folders.set(folder, [...(folders.get(folder) ?? []), path.slice(slash + 1)]);
  }
  return [...folders]
    .flatMap(([folder, names]) => {
      if (folder === "" || names.length === 1) return names.map((name) => `\`${folder}${name}\``);
      return [`\`${folder}{${names.join(",")}}\``];
    })
    .join(", ");
}
