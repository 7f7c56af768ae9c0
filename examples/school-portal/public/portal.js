import { mountDashboard } from "@homeroom/embed/browser";

const field = (id) => document.getElementById(id);
const fields = ["school", "role", "number", "dashboard", "how"];
const container = field("dashboard-frame");
const title = (slug) => slug.replace(/-/g, " ").replace(/^./, (letter) => letter.toUpperCase());
let mounted;

/** Returns the URL of the embed endpoint. A product with a session needs no query, because it knows who is signed in. */
function endpoint() {
  const role = field("role").value;
  const number = role === "principal" ? "1" : field("number").value;
  return `/api/embed?${new URLSearchParams({ role, school: field("school").value, number })}`;
}

async function embedByUrl(dashboard) {
  const response = await fetch(endpoint(), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ dashboard }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  const frame = document.createElement("iframe");
  frame.title = title(dashboard);
  frame.src = answer.embedUrl;
  container.replaceChildren(frame);
}

function showStatus(text, problem = false) {
  field("status").textContent = text;
  field("status").classList.toggle("problem", problem);
}

async function open() {
  const dashboard = field("dashboard").value;
  const who = field("role").selectedOptions[0].textContent.toLowerCase();
  showStatus(`${title(dashboard)}, as a ${who} of school ${field("school").value} sees it.`);
  mounted?.unmount();
  mounted = undefined;
  if (field("how").value === "sdk") {
    mounted = mountDashboard(container, { dashboard, endpoint: endpoint(), title: title(dashboard) });
  } else {
    await embedByUrl(dashboard).catch((error) => showStatus(error.message, true));
  }
}

function offerDashboards(dashboards) {
  const chosen = field("dashboard").value;
  const offered = dashboards[field("role").value];
  field("dashboard").replaceChildren(...offered.map((slug) => new Option(title(slug), slug)));
  field("dashboard").value = offered.includes(chosen) ? chosen : offered[0];
  field("number").disabled = field("role").value === "principal";
}

const choices = await (await fetch("/api/choices")).json();
const asked = new URLSearchParams(location.search);
if (asked.has("role")) field("role").value = asked.get("role");
offerDashboards(choices.dashboards);
for (const id of fields) if (asked.has(id)) field(id).value = asked.get(id);
field("role").addEventListener("change", () => offerDashboards(choices.dashboards));
field("choice").addEventListener("submit", (event) => {
  event.preventDefault();
  open();
});
if (asked.has("dashboard")) open();
