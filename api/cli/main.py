"""The `peerloom` command: a table of contents, and the one place where errors become sentences."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

COMMANDS: dict[str, tuple[str, str]] = {
    # name: (module:attribute, one line for --help)
    "demo": ("api.cli.demo:demo", "Match the demo network, and write calendars and results into a folder."),
    "import": (
        "api.cli.documents:import_table",
        "Turn a coordinator's spreadsheet (CSV) into a network document, or into the database.",
    ),
    "schema": ("api.cli.documents:schema", "Print the JSON Schema of a document."),
    "fixture": ("api.cli.fixture:fixture", "Write a realistic network of any size."),
    "edges": ("api.cli.edges:edges", "Show who could meet whom, and why the others cannot."),
    "seats": ("api.cli.seats:seats", "Show who could join which pod, and why the others cannot."),
    "solve": (
        "api.cli.solve:solve",
        "Form pairs, pods, rounds or rotas, and say how far that is proven.",
    ),
    "explain": ("api.cli.explain:explain", "Say why, why not, and what it would cost."),
    "changes": ("api.cli.changes:changes", "Tell what differs between two rotas, turn by turn."),
    "frontier": ("api.cli.frontier:frontier", "Draw what one goal costs in another."),
    "audit": ("api.cli.audit:audit", "Re-check a result without the solver."),
    "bench": ("api.cli.bench:bench", "Solve public yardsticks."),
    "calendars": ("api.cli.calendars:calendars", "Find times for the pairs, and write feeds and invites."),
    "busy": ("api.cli.busy:busy", "Read members' own calendars for when they are busy."),
    "network": ("api.cli.network:network", "Make and list the networks of the database."),
    "cycle": ("api.cli.cycle:cycle", "Add a cycle that is over to the ledgers of members."),
    "export": ("api.cli.network:export", "Write a network of the database as a document."),
    "serve": ("api.cli.serve:serve", "Run the service: HTTP API, documents, jobs."),
    "nightly": (
        "api.cli.nightly:nightly",
        "Rematch every program that is due, with the fewest changes, and report.",
    ),
    "backup": ("api.cli.backup:backup", "Write all of the database into one file."),
    "restore": ("api.cli.backup:restore", "Put a backup into an empty database, of either kind."),
    "warm": ("api.cli.warm:warm", "Compile what the first runs would have to compile."),
    "mail": ("api.cli.mail:mail", "Send mails that are due, and read answers."),
    "key": ("api.cli.key:key", "Make, list and revoke API keys."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order of the journey."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="peerloom", prog_name="peerloom")
def cli() -> None:
    """Mentor pairs across organizations, with proofs, in people's calendars."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line. Exit codes: 0 done, 1 not done (a sentence on stderr says why), 2 wrong usage."""
    try:
        code = cli.main(args=arguments, prog_name="peerloom", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if os.environ.get("PEERLOOM_TRACEBACK"):
            raise
        sys.exit(_told(error))
    sys.exit(code if isinstance(code, int) else 0)


def _told(error: Exception) -> int:
    """Print what went wrong for a person, and return the exit code."""
    from matcher.domain.errors import InputError, PeerloomError

    if isinstance(error, InputError):
        click.echo(str(error), err=True)
        for fault in error.faults:
            if fault.reason != str(error):
                click.echo(f"  {fault}", err=True)
    elif isinstance(error, PeerloomError):
        click.echo(str(error), err=True)
    elif isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        click.echo(f"{place}{(error.strerror or str(error)).lower()}.", err=True)
    else:
        click.echo(
            f"Internal error, our fault: {type(error).__name__}: {error}. "
            "Set PEERLOOM_TRACEBACK=1 and run again for the details to report.",
            err=True,
        )
        return 70
    return 1
