// Run inside Thunderbird: what its own windows do with calendars, without the windows.
const { cal } = ChromeUtils.importESModule("resource:///modules/calendar/calUtils.sys.mjs");
const { setTimeout } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");

async function version() {
  return `${Services.appinfo.version}, zones of ${cal.timezoneService.version}`;
}

function named(name) {
  return cal.manager.getCalendars().find((one) => one.name === name);
}

// Resolves when the calendar has loaded what it was told to.
function loaded(calendar, start = () => {}) {
  return new Promise((resolve, reject) => {
    const observer = {
      QueryInterface: ChromeUtils.generateQI(["calIObserver"]),
      onLoad() {
        calendar.removeObserver(observer);
        resolve();
      },
      onError(_, code, message) {
        calendar.removeObserver(observer);
        reject(new Error(`${code} ${message}`));
      },
    };
    for (const one of ["StartBatch", "EndBatch", "AddItem", "ModifyItem", "DeleteItem", "PropertyChanged",
      "PropertyDeleting"]) observer["on" + one] = () => {};
    calendar.addObserver(observer);
    start();
  });
}

// All items; writes to the cache may still be under way, so until two readings agree.
async function items(calendar) {
  let before = null;
  for (;;) {
    const found = await calendar.getItemsAsArray(Ci.calICalendar.ITEM_FILTER_ALL_ITEMS, 0, null, null);
    const now = found.map((one) => `${one.id} ${one.startDate} ${one.title}`).sort().join();
    if (now === before) return found;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function subscribe(name, url) {
  const calendar = cal.manager.createCalendar("ics", Services.io.newURI(url));
  calendar.id = cal.getUUID();
  calendar.name = name;
  calendar.setProperty("cache.enabled", true);
  calendar.readOnly = true;
  cal.manager.registerCalendar(calendar); // begins to load
  await loaded(named(name));
}

function shown(item) {
  const { id, title, status, startDate } = item;
  return { uid: id, title, status, start: startDate.isDate ? dateOf(startDate) : startDate.nativeTime };
}

function dateOf(start) {
  return Date.UTC(start.year, start.month, start.day) * 1000;
}

async function look(name) {
  const calendar = named(name);
  await loaded(calendar, () => calendar.refresh());
  return (await items(calendar)).map(shown);
}

async function walls(name, zone) {
  const there = cal.timezoneService.getTimezone(zone);
  const two = (number) => String(number).padStart(2, "0");
  return Object.fromEntries((await items(named(name))).map((item) => {
    const t = item.startDate.getInTimezone(there);
    return [item.title, `${t.year}-${two(t.month + 1)}-${two(t.day)} ${two(t.hour)}:${two(t.minute)}`];
  }));
}

// The calendar of a mail account's, into which invitations go.
function own(address) {
  if (named("own")) return named("own");
  const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
  const identity = MailServices.accounts.createIdentity();
  identity.email = address;
  const account = MailServices.accounts.createAccount();
  account.incomingServer = MailServices.accounts.createIncomingServer("nobody", "Local Folders", "none");
  account.addIdentity(identity);
  const calendar = cal.manager.createCalendar("storage", Services.io.newURI("moz-storage-calendar://"));
  calendar.id = cal.getUUID();
  calendar.name = "own";
  cal.manager.registerCalendar(calendar);
  named("own").setProperty("imip.identity.key", identity.key);
  return named("own");
}

// Does what the bar above a mail with an invitation offers; answers what that is. No reply is sent.
async function take(address, method, text) {
  const item = Cc["@mozilla.org/calendar/itip-item;1"].createInstance(Ci.calIItipItem);
  item.init(text);
  item.isSend = false;
  item.autoResponse = Ci.calIItipItem.NONE;
  item.receivedMethod = method;
  item.identity = address;
  item.targetCalendar = own(address);
  const [code, action] = await new Promise((resolve) => {
    cal.itip.processItipItem(item, (_, code, action) => resolve([code, action]));
  });
  if (!action) return `nothing (${code})`;
  const { method: offered } = action;
  await new Promise((resolve, reject) => {
    const onOperationComplete = (_, status, __, ___, detail) =>
      Components.isSuccessCode(status) ? resolve() : reject(new Error(`${status} ${detail}`));
    action({ onOperationComplete, onGetResult() {} }, method === "REQUEST" ? "ACCEPTED" : "", {
      responseMode: Ci.calIItipItem.NONE,
    });
  });
  return offered;
}

async function held() {
  return (await items(named("own"))).map(shown);
}
