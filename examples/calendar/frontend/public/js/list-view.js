import { daysOf, dayText, isoDay, timeText } from "./days.js";
import { element } from "./element.js";
import { marks } from "./event-fields.js";

/** The events by day. */
export function listView(events, { open, colourOf }) {
  if (events.length === 0) return element("p", { class: "empty" }, "No events here. Another month, or a wider filter?");
  const days = new Map();
  for (const event of events) {
    const [day] = daysOf(event);
    days.set(isoDay(day), [...(days.get(isoDay(day)) ?? []), event]);
  }
  const row = (event) =>
    element(
      "li",
      {},
      element(
        "button",
        { type: "button", class: "row", style: `--colour: ${colourOf(event)}`, click: () => open(event) },
        element("span", { class: "time" }, timeText(event)),
        element("span", { class: "what" }, element("strong", {}, event.summary || "Untitled"), ...marks(event)),
        element("span", { class: "where" }, event.location),
      ),
    );
  return element(
    "div",
    { class: "list" },
    ...[...days.values()].map((found) =>
      element("section", {}, element("h3", {}, dayText(daysOf(found[0])[0])), element("ul", {}, ...found.map(row))),
    ),
  );
}
