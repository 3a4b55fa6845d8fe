import { api } from "./api.js";
import { isoDay, monthGrid, startOfDay } from "./days.js";
import { showDetails } from "./details.js";
import { suggest } from "./event-fields.js";
import { currentFilter, filterForm } from "./filter-form.js";
import { listView } from "./list-view.js";
import { monthView } from "./month-view.js";
import { importForm, showCalendars, showFeed } from "./sidebar.js";

const COLOURS = ["#2f6fde", "#c2410c", "#15803d", "#a21caf", "#b45309", "#0e7490", "#be123c", "#4d7c0f"];

/** Feeds to try the calendar with: name and file. */
const SAMPLES = [
  ["Harbour", "harbour.ics"],
  ["Team", "team.ics"],
];

const page = (id) => document.getElementById(id);
const state = { month: startOfDay(new Date()), calendars: [] };

function colourOf(event) {
  const index = state.calendars.findIndex(({ id }) => id === event.calendar_id);
  return COLOURS[Math.max(0, index) % COLOURS.length];
}

/** Runs an action and shows what went wrong; true when nothing did. */
async function attempt(action) {
  try {
    page("message").hidden = true;
    await action();
    return true;
  } catch (error) {
    page("message").textContent = error.message;
    page("message").hidden = false;
    return false;
  }
}

async function refreshCalendars() {
  state.calendars = await api.calendars();
  showCalendars(page("calendars"), state.calendars, {
    colourOf,
    remove: (calendar) => attempt(() => api.remove(calendar.id).then(refresh)),
  });
  page("sample").hidden = state.calendars.length > 0;
}

async function refreshEvents() {
  const days = monthGrid(state.month);
  const filter = currentFilter(page("filter"));
  // The filter's own days count within the month that is shown.
  const since = [filter.since, isoDay(days[0])].filter(Boolean).sort().at(-1);
  const until = [filter.until, isoDay(days[41])].filter(Boolean).sort()[0];
  const { events } = await api.events({ ...filter, since, until });
  suggest(events);
  show(events);
}

function show(events) {
  const open = (event) =>
    showDetails(page("details"), event, state.calendars.find(({ id }) => id === event.calendar_id)?.name);
  const isList = document.querySelector("[name=view]:checked").value === "list";
  const openDay = () => {
    document.querySelector("[name=view][value=list]").checked = true;
    show(events);
  };
  page("month").textContent = state.month.toLocaleDateString([], { month: "long", year: "numeric" });
  const inMonth = events.filter((event) => overlapsMonth(event));
  page("events").replaceChildren(
    isList ? listView(inMonth, { open, colourOf }) : monthView(state.month, events, { open, openDay, colourOf }),
  );
}

function overlapsMonth(event) {
  const first = new Date(state.month.getFullYear(), state.month.getMonth(), 1);
  const next = new Date(state.month.getFullYear(), state.month.getMonth() + 1, 1);
  return new Date(event.starts_at) < next && new Date(event.ends_at) >= first;
}

async function refresh() {
  await refreshCalendars();
  await refreshEvents();
}

function turn(month) {
  state.month = month;
  return attempt(refreshEvents);
}

async function importSamples() {
  for (const [name, file] of SAMPLES) {
    const form = new FormData();
    form.set("name", name);
    form.set("file", await (await fetch(`/samples/${file}`)).blob(), file);
    await api.importFeed(form);
  }
  await refresh();
}

page("previous").onclick = () => turn(new Date(state.month.getFullYear(), state.month.getMonth() - 1, 1));
page("next").onclick = () => turn(new Date(state.month.getFullYear(), state.month.getMonth() + 1, 1));
page("today").onclick = () => turn(startOfDay(new Date()));
page("sample").onclick = () => attempt(importSamples);
page("subscribe").onclick = () =>
  attempt(async () => {
    const { path } = await api.makeFeed(currentFilter(page("filter")));
    showFeed(page("feed"), new URL(path, location.href).href);
  });
for (const choice of document.querySelectorAll("[name=view]")) choice.onchange = () => attempt(refreshEvents);
filterForm(page("filter"), () => {
  page("feed").hidden = true;
  return attempt(refreshEvents);
});
importForm(page("import-form"), (form) => attempt(() => api.importFeed(form).then(refresh)));

await attempt(async () => {
  const [{ version }] = await Promise.all([api.version(), refresh()]);
  page("version").textContent = `Version ${version}`;
});
