// Reads calendars with ical.js or node-ical, as programs made of them do. Questions and answers are lines of
// JSON: {"library", "text", "zone"} -> [{"uid", "title", "status", "start", "wall"}], times in milliseconds.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const require = createRequire(process.argv[2] + "/");
const ICAL = require("ical.js").default ?? require("ical.js");
const nodeIcal = require("node-ical");

function wallOf(time) {
  return time.toString().slice(0, 16).replace("T", " ");
}

// ical.js knows no zones of its own: all it knows is in the file.
function withIcalJs(text, zoneName) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  ICAL.TimezoneService.reset();
  for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
  const zone = zoneName ? ICAL.TimezoneService.get(zoneName) : null;
  return calendar.getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component);
    const utc = event.startDate.isDate ? null : event.startDate.convertToZone(ICAL.Timezone.utcTimezone);
    return {
      uid: event.uid,
      title: event.summary,
      status: component.getFirstPropertyValue("status"),
      sequence: event.sequence,
      start: utc ? utc.toUnixTime() * 1000 : Date.parse(event.startDate.toString() + "T00:00Z"),
      wall: zone && utc ? wallOf(event.startDate.convertToZone(zone)) : null,
    };
  });
}

function withNodeIcal(text, zoneName) {
  const form = zoneName && new Intl.DateTimeFormat("sv-SE", {
    timeZone: zoneName, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
  });
  return Object.values(nodeIcal.sync.parseICS(text)).filter((one) => one.type === "VEVENT").map((one) => {
    const date = one.datetype === "date";
    const { start } = one;
    return {
      uid: one.uid,
      title: typeof one.summary === "string" ? one.summary : one.summary.val,
      status: one.status ?? null,
      sequence: Number(one.sequence ?? 0),
      start: date ? Date.UTC(start.getFullYear(), start.getMonth(), start.getDate()) : start.getTime(),
      wall: form && !date ? form.format(start) : null,
    };
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  const { library, text, zone } = JSON.parse(line);
  const read = library === "ical.js" ? withIcalJs : withNodeIcal;
  console.log(JSON.stringify(read(text, zone)));
}
