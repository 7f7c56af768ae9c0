const field = (id) => document.getElementById(id);
const fields = ["school", "role", "number", "dashboard", "how"];
const place = field("dashboard-frame");
const title = (slug) => slug.replace(/-/g, " ").replace(/^./, (letter) => letter.toUpperCase());

function say(text, problem = false) {
  field("status").textContent = text;
  field("status").classList.toggle("problem", problem);
}

async function askForEmbed() {
  const response = await fetch("/api/embed", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      role: field("role").value,
      school: Number(field("school").value),
      number: field("role").value === "principal" ? 1 : Number(field("number").value),
      dashboard: field("dashboard").value,
    }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

async function embedBySdk(embed) {
  let first = embed.token;
  await window.supersetEmbeddedSdk.embedDashboard({
    id: embed.embedded_uuid,
    supersetDomain: embed.embed_origin,
    mountPoint: place,
    // The SDK asks again shortly before a token ends.
    fetchGuestToken: async () => {
      const token = first ?? (await askForEmbed()).token;
      first = undefined;
      return token;
    },
    dashboardUiConfig: { hideTitle: true, filters: { expanded: false } },
    referrerPolicy: "strict-origin",
  });
}

function embedByUrl(embed) {
  const frame = document.createElement("iframe");
  frame.title = title(field("dashboard").value);
  frame.src = embed.embed_url;
  place.replaceChildren(frame);
}

async function open() {
  say("Opening…");
  place.replaceChildren();
  try {
    const embed = await askForEmbed();
    await (field("how").value === "sdk" ? embedBySdk(embed) : embedByUrl(embed));
    const who = field("role").selectedOptions[0].textContent.toLowerCase();
    say(`${title(field("dashboard").value)}, as a ${who} of school ${field("school").value} sees it.`);
  } catch (error) {
    say(error.message, true);
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
