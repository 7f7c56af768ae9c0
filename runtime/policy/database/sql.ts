/** A name as PostgreSQL reads it back unchanged. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** `schema.table`, each part quoted. */
export const qualified = (table: string): string => table.split(".").map(quoted).join(".");

export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
