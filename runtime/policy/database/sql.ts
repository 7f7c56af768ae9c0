/** Returns a quoted identifier, which PostgreSQL reads back unchanged. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Returns `schema.table` with each part quoted. */
export const qualified = (table: string): string => table.split(".").map(quoted).join(".");

export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
