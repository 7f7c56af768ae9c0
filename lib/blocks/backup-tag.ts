/** The tag that AWS Backup selects by; its value is the class of data. A resource without it is never copied. */
export const backupTag = "homeroom:backup";
