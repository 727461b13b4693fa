"""`triage`: every command of the appliance. One of the house's four borders: an error becomes one sentence and an exit code."""

from __future__ import annotations

import importlib
import io
import sys

import click

from triage.errors import TriageError

# name: (module, attribute, one line). Loaded only when called, so that `triage watch` needs no speech engine.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "serve": ("triage.cli.serve", "serve", "Run the appliance on this machine."),
    "demo": ("triage.cli.demo", "demo", "Four real calls, from the first ring to a verified audit log."),
    "drill": ("triage.cli.drill", "drill", "Place one real call against a running appliance and check it."),
    "watch": ("triage.cli.watch", "watch", "A nurse's terminal."),
    "audit": ("triage.cli.audit", "group", "Export and verify the audit log."),
    "vault": ("triage.cli.lifetime", "group", "Keys, holds, retention, deletion and copies."),
    "keys": ("triage.cli.keys", "group", "Keys and certificates."),
    "matrix": ("triage.cli.matrix", "matrix", "Check and show the escalation matrix."),
    "desk": ("triage.cli.desk", "desk", "The triage line's staffing, simulated."),
    "models": ("triage.cli.models", "models", "The model weights."),
    "distress": ("triage.cli.distress", "distress", "The distress classifier."),
    "speech": ("triage.cli.speech", "speech", "The line's ears and voice, on files."),
    "scope": ("triage.cli.scope", "scope", "Tasks and their limits."),
    "doctor": ("triage.cli.doctor", "doctor", "Is the appliance well, and are its safeguards at work?"),
    "privacy": ("triage.cli.privacy", "privacy", "Redaction of identifiers."),
}


class Commands(click.Group):
    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])


@click.group(cls=Commands)
def triage() -> None:
    """An appliance that answers a clinic's telephone and hands callers in need to a nurse."""


def main() -> None:
    """Exit 0: done. 1: failed. 2: wrong use, configuration or input. 130: interrupted."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")  # bytes that are no UTF-8 are a bad line, not a fault of the program
    try:
        sys.exit(triage.main(standalone_mode=False) or 0)
    except TriageError as error:
        click.echo(f"{error.message} {error.advice}".rstrip(), err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        sys.exit(130)
    except Exception as error:
        # The border: the type is enough to find the fault; the text may hold what a caller said.
        click.echo(f"triage failed with {type(error).__name__}. This is a fault of the program.", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
