// @homeroom/embed/browser: the browser's half of @homeroom/embed.
export { type DashboardProps, type MountedDashboard, mountDashboard } from "./dashboard.ts";
export type { Ask } from "./embed-source.ts";
export { prewarm, type PrewarmProps } from "./prewarm.ts";
export type { Problem, Texts } from "./texts.ts";
