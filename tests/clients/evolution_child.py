"""Asks Evolution Data Server, in a D-Bus session of its own. Run by the system's Python, which has bindings.

Questions and answers are lines of JSON: [function, argument, ...] -> {"value"} or {"error"}.
"""

import json
import sys
import traceback

import gi

for _name, _version in (("ECal", "2.0"), ("EDataServer", "1.2"), ("ICalGLib", "3.0")):
    gi.require_version(_name, _version)
from gi.repository import ECal, EDataServer, GLib, ICalGLib  # noqa: E402

AT_ONCE = 2**32 - 1  # not to wait for the backend to have connected; it loads when asked to
registry = EDataServer.SourceRegistry.new_sync(None)
clients = {}


def _open(name, backend, parent, url=None):
    source = EDataServer.Source.new_with_uid(name, None)
    source.set_display_name(name)
    source.set_parent(parent)
    source.get_extension(EDataServer.SOURCE_EXTENSION_CALENDAR).set_backend_name(backend)
    if url is not None:
        uri = GLib.Uri.parse(url, GLib.UriFlags.NONE)
        security = source.get_extension(EDataServer.SOURCE_EXTENSION_SECURITY)
        security.set_secure(uri.get_scheme() == "https")
        webdav = source.get_extension(EDataServer.SOURCE_EXTENSION_WEBDAV_BACKEND)
        webdav.set_uri(uri)
        source.get_extension(EDataServer.SOURCE_EXTENSION_AUTHENTICATION).set_host(uri.get_host())
    registry.commit_source_sync(source, None)
    kind = ECal.ClientSourceType.EVENTS
    clients[name] = ECal.Client.connect_sync(registry.ref_source(name), kind, AT_ONCE, None)


def subscribe(name, url):
    _open(name, "webcal", "webcal-stub", url)


def refresh(name):
    clients[name].refresh_sync(None)


def look(name, zone=None):
    _, found = clients[name].get_object_list_as_comps_sync("#t", None)
    return [_shown(clients[name], one, zone) for one in found]


def take(text):
    if "own" not in clients:
        _open("own", "local", "local-stub")
    whole = ICalGLib.Component.new_from_string(text)
    clients["own"].receive_objects_sync(whole, ECal.OperationFlags.NONE, None)


def _shown(client, component, zone):
    start = component.get_dtstart()
    value, there = start.get_value(), None
    if value.is_utc():
        there = ICalGLib.Timezone.get_utc_timezone()
    elif start.get_tzid():
        _, there = client.get_timezone_sync(start.get_tzid(), None)
    wall = None
    if zone and there:
        value.set_timezone(there)
        local = value.convert_to_zone(ICalGLib.Timezone.get_builtin_timezone(zone))
        date = (local.get_year(), local.get_month(), local.get_day(), local.get_hour(), local.get_minute())
        wall = "{:04d}-{:02d}-{:02d} {:02d}:{:02d}".format(*date)
    return {
        "uid": component.get_uid(),
        "title": component.get_summary().get_value(),
        "cancelled": component.get_status() == ICalGLib.PropertyStatus.CANCELLED,
        "start": value.as_timet_with_zone(there) if there else value.as_timet(),
        "wall": wall,
    }


for line in sys.stdin:
    name, *arguments = json.loads(line)
    try:
        said = {"value": globals()[name](*arguments)}
    except Exception:
        said = {"error": traceback.format_exc()}
    print(json.dumps(said), flush=True)
