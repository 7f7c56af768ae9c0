/** Its value is the class of data; AWS Backup selects by nothing else, so what has no tag is never copied. */
export const backupTag = "homeroom:backup";
