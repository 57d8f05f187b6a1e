"""One server for all programs under test, and a network of its own for each."""

from __future__ import annotations

import pytest

from matcher.domain.settings import Channel
from matcher.store.database import Database
from tests.clients import evolution as evolutions
from tests.clients import node as nodes
from tests.clients import thunderbird as thunderbirds
from tests.clients.dav import CalDav
from tests.clients.khal import Khal
from tests.clients.post import LetterBox
from tests.clients.programs import PROGRAMS
from tests.clients.recurring import Recurring
from tests.clients.story import Story
from tests.https_site import certificate, guard, site
from tests.matcher.conftest import libical
from tests.radicale_server import radicale
from tests.serving import Server

__all__ = ["certificate", "guard", "libical", "radicale", "site"]


@pytest.fixture(scope="session")
def serving(tmp_path_factory):
    """The running server, and its database."""
    folder = tmp_path_factory.mktemp("serving")
    url = f"sqlite:///{folder}/peerloom.db"
    server = Server(folder, url)
    database = Database(url)
    yield server, database
    database.close()
    assert server.stop() == 0


@pytest.fixture(scope="session")
def tell(serving):
    """Makes a story in a network of this name; see `Story`."""

    def make(name, channel=Channel.FEED, only=""):
        return Story(*serving, name, channel, only)

    return make


@pytest.fixture(scope="session")
def node():
    """Node.js with its two libraries."""
    folder = nodes.node_folder()
    if folder is None:
        pytest.skip(nodes.MISSING)
    running = nodes.Node(folder)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def thunderbird(tmp_path_factory):
    """Thunderbird, running."""
    if not thunderbirds.has_thunderbird():
        pytest.skip(thunderbirds.MISSING)
    running = thunderbirds.Thunderbird(tmp_path_factory.mktemp("thunderbird"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def evolution(tmp_path_factory):
    """Evolution Data Server, running."""
    if not evolutions.has_evolution():
        pytest.skip(evolutions.MISSING)
    running = evolutions.Evolution(tmp_path_factory.mktemp("evolution"))
    yield running
    running.stop()


@pytest.fixture
def khal(tmp_path):
    return Khal(tmp_path)


@pytest.fixture
def recurring():
    return Recurring()


@pytest.fixture
def ical_js(node):
    return nodes.Reader(node, "ical.js")


@pytest.fixture
def node_ical(node):
    return nodes.Reader(node, "node-ical")


@pytest.fixture
def caldav(radicale):
    return CalDav(radicale)


@pytest.fixture(params=PROGRAMS)
def program(request):
    """A calendar program, started."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def post():
    """The letter box."""
    box = LetterBox()
    box.start()
    yield box
    box.stop()
