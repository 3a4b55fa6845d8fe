import { daysOf, isoDay, monthGrid, startOfDay, timeText } from "./days.js";
import { element } from "./element.js";

/** Events of one day that a month shows before it says how many more there are. */
const SHOWN = 3;

/** A table of weeks; `open` shows one event, `openDay` a day's list. */
export function monthView(month, events, { open, openDay, colourOf }) {
  const days = monthGrid(month);
  const byDay = groupByDay(days, events);
  const weeks = Array.from({ length: 6 }, (_, week) => days.slice(week * 7, week * 7 + 7));
  const heads = days
    .slice(0, 7)
    .map((day) => element("th", { scope: "col" }, day.toLocaleDateString([], { weekday: "short" })));
  const cell = (day) => {
    const found = byDay.get(isoDay(day));
    const rest = found.length - SHOWN;
    return element(
      "td",
      {
        class: day.getMonth() === month.getMonth() ? "day" : "day other",
        "aria-current": isoDay(day) === isoDay(startOfDay(new Date())) && "date",
      },
      element("time", { datetime: isoDay(day) }, String(day.getDate())),
      element("ul", {}, ...found.slice(0, SHOWN).map((event) => entry(event, open, colourOf))),
      rest > 0 ? element("button", { type: "button", class: "more", click: () => openDay(day) }, `${rest} more`) : "",
    );
  };
  return element(
    "table",
    { class: "month" },
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...weeks.map((week) => element("tr", {}, ...week.map(cell)))),
  );
}

function entry(event, open, colourOf) {
  const time = event.all_day ? "" : element("span", { class: "time" }, timeText(event).slice(0, 5));
  return element(
    "li",
    {},
    element(
      "button",
      {
        type: "button",
        class: event.all_day ? "entry whole" : "entry",
        style: `--colour: ${colourOf(event)}`,
        title: `${timeText(event)} ${event.summary}`,
        click: () => open(event),
      },
      time,
      event.summary,
    ),
  );
}

function groupByDay(days, events) {
  const byDay = new Map(days.map((day) => [isoDay(day), []]));
  for (const event of events) {
    const [first, last] = daysOf(event);
    for (const day of days) if (day >= first && day <= last) byDay.get(isoDay(day)).push(event);
  }
  for (const found of byDay.values())
    found.sort((a, b) => b.all_day - a.all_day || a.starts_at.localeCompare(b.starts_at));
  return byDay;
}
