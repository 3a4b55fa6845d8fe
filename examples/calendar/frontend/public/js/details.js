import { daysOf, dayText, timeText } from "./days.js";
import { element } from "./element.js";
import { marks } from "./event-fields.js";

/** Shows one event in the dialog. */
export function showDetails(dialog, event, calendarName) {
  const [first, last] = daysOf(event);
  const days = first < last ? `${dayText(first)} to ${dayText(last)}` : dayText(first);
  const lines = [
    ["When", `${days}, ${timeText(event).toLowerCase()}`],
    ["Where", event.location],
    ["Calendar", calendarName],
    ["Notes", event.description],
  ].filter(([, text]) => text);
  dialog.replaceChildren(
    element("h2", { id: "details-title" }, event.summary || "Untitled"),
    element("p", {}, ...marks(event)),
    element("dl", {}, ...lines.flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)])),
    element("form", { method: "dialog" }, element("button", {}, "Close")),
  );
  dialog.showModal();
}
