/**
 * Whether a view shows only rows of the claims' tenant and school, judged by what pg_get_viewdef prints: one SELECT
 * whose WHERE is a conjunction that holds both comparisons. Whatever is harder to read than that is not a lock.
 */
export function filtersBySchool(definition: string): boolean {
  const text = definition.trim().replace(/;$/, "");
  const words = wordsOutside(text);
  if (/^\s*with\b/i.test(text) || words.some(({ word }) => ["UNION", "INTERSECT", "EXCEPT"].includes(word)))
    return false;
  const where = words.filter(({ word }) => word === "WHERE");
  const [only] = where;
  if (where.length !== 1 || only === undefined) return false;
  const after = words.find(
    ({ word, at }) => at > only.at && ["GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH"].includes(word),
  );
  const terms = conjuncts(text.slice(only.at + "WHERE".length, after?.at).trim());
  return wanted.every((term) => terms.some((found) => term.test(found)));
}

const claim = (column: string, call: string): RegExp =>
  new RegExp(`^(\\w+\\.)?${column} = \\( ?SELECT homeroom\\.${call} AS \\w+\\)$`);

const wanted = [
  claim("tenant", "claim_text\\('tenant'::text\\)"),
  claim("school_id", "claim_integer\\('school_id'::text\\)"),
];

function conjuncts(expression: string): string[] {
  const bare = unwrapped(expression.replaceAll(/\s+/g, " "));
  const words = wordsOutside(bare);
  // AND binds tighter than OR: one OR at the top makes every conjunct optional.
  if (words.some(({ word }) => word === "OR")) return [];
  const ands = words.filter(({ word }) => word === "AND");
  if (ands.length === 0) return [bare];
  const starts = [0, ...ands.map(({ at }) => at + "AND".length)];
  const ends = [...ands.map(({ at }) => at), bare.length];
  return starts.flatMap((start, index) => conjuncts(bare.slice(start, ends[index]).trim()));
}

function unwrapped(expression: string): string {
  let text = expression.trim();
  while (text.startsWith("(") && closing(text, 0) === text.length - 1) text = text.slice(1, -1).trim();
  return text;
}

/** The place of the parenthesis that closes the one at `from`; quoted text is skipped. */
function closing(text: string, from: number): number {
  let depth = 0;
  for (const { at, sign } of signs(text)) {
    if (at < from) continue;
    depth += sign === "(" ? 1 : -1;
    if (depth === 0) return at;
  }
  return -1;
}

function* signs(text: string): Generator<{ at: number; sign: "(" | ")" }> {
  for (const { 0: token, index } of text.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]/g)) {
    if (token === "(" || token === ")") yield { at: index, sign: token };
  }
}

/** Words in capitals, as keywords are printed, that stand in no parenthesis and no quotes. */
function wordsOutside(text: string): { word: string; at: number }[] {
  const found: { word: string; at: number }[] = [];
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]|\b[A-Z]+\b/g)) {
    if (token === "(") depth += 1;
    else if (token === ")") depth -= 1;
    else if (depth === 0 && /^[A-Z]+$/.test(token)) found.push({ word: token, at: index });
  }
  return found;
}
