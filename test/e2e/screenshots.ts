import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "../support/workshop.ts";
import { open, portalUrl, startBrowser } from "./browser.ts";
import { dashboardOf, guest } from "./guest.ts";
import { startStack } from "./stack.ts";

// Run: npx tsx test/e2e/screenshots.ts [--running]; pictures of the three roles' dashboards for the documents.
const folder = join(root, "docs/screenshots");
mkdirSync(folder, { recursive: true });
const stack = process.argv.includes("--running") ? undefined : await startStack();
const browser = await startBrowser();
try {
  for (const role of ["principal", "teacher", "student"] as const) {
    const visit = await open(browser, portalUrl(await guest(role, 42), dashboardOf[role], "sdk"));
    await visit.page.setViewportSize({ width: 1280, height: role === "principal" ? 1500 : 1200 });
    await visit.page.waitForTimeout(2_500);
    const path = join(folder, `${role}.png`);
    await visit.page.screenshot({ path });
    await visit.close();
    console.log(`${path}: ${Math.round(statSync(path).size / 1024)} KB`);
  }
} finally {
  await browser.close();
  await stack?.stop();
}
