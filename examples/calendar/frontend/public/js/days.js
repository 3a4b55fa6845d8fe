/** Days as the reader's clock has them; a day is its local midnight. */
export function startOfDay(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate());
}

export function addDays(day, count) {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + count);
}

/** `2026-03-01`, as the API takes it. */
export function isoDay(day) {
  const two = (number) => String(number).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/** Six weeks of days around a month, from Monday. */
export function monthGrid(month) {
  const first = new Date(month.getFullYear(), month.getMonth(), 1);
  const monday = addDays(first, -((first.getDay() + 6) % 7));
  return Array.from({ length: 42 }, (_, index) => addDays(monday, index));
}

/** First and last day of an event. A whole-day event has midnights in UTC, the second one after its last day. */
export function daysOf(event) {
  const [from, to] = [new Date(event.starts_at), new Date(event.ends_at)];
  if (!event.all_day) return [startOfDay(from), startOfDay(to > from ? new Date(to - 1) : from)];
  const local = (date) => new Date(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
  return [local(from), addDays(local(to), to > from ? -1 : 0)];
}

export function timeText(event) {
  if (event.all_day) return "All day";
  const format = (text) =>
    new Date(text).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return `${format(event.starts_at)}–${format(event.ends_at)}`;
}

export function dayText(day, weekday = "long") {
  return day.toLocaleDateString([], { weekday, day: "numeric", month: "long" });
}
