"""The command line: one table from a command's name to the module that does it.

A module is imported only when its command is called, so that `decide` or `check` never pay for Django or WeasyPrint
(CONTRACT: the first six import neither). Each module has `run(arguments: list[str]) -> int`.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

COMMANDS = {
    "decide": ("seal_advisor.commands.decide", "the decision with reasons"),
    "explain": ("seal_advisor.commands.explain", "why not an option, and the smallest changes that would admit it"),
    "next": ("seal_advisor.commands.next", "the question that settles most, and what is already decided"),
    "prefill": ("seal_advisor.commands.prefill", "the answers that a server configuration implies, with their lines"),
    "generate": ("seal_advisor.commands.generate", "configuration, runbooks, ADR and diagrams of a decision"),
    "losses": ("seal_advisor.commands.losses", "what is lost when a part of the seal is gone, and the time to unseal"),
    "costs": ("seal_advisor.commands.costs", "what each option costs in a year, from figures of your own"),
    "check": ("evidence.commands.check", "read any evidence and judge every control that applies"),
    "collect-plan": ("evidence.commands.collect_plan", "what is still to be collected, from whom, with which command"),
    "inspect": ("evidence.commands.inspect", "kind, sha256, facts and redactions of one file"),
    "package": ("evidence.commands.package", "build the signed compliance package"),
    "verify": ("evidence.commands.verify", "check a package or a report: hashes, proofs, signature"),
    "diff": ("evidence.commands.diff", "what changed between two packages"),
    "push": ("evidence.commands.push", "from a pipeline: upload, wait for the verdicts, gate by exit code"),
    "doctor": ("evidence.commands.doctor", "on a node: try the seal as the server would, and write that as evidence"),
    "rules": ("seal_advisor.commands.rules", "lint, proofs and semantic diff of the ruleset"),
    "serve": ("seal_advisor.commands.serve", "the web application"),
}


# As the shell counts them; the module `signal` builds an Enum of all of them at each start.
SIGINT, SIGPIPE = 2, 13


def main(argv: list[str] | None = None) -> int:
    """Exit codes: 0 yes, 1 no, 2 cannot be read or understood, 3 no option, 4 undecided."""
    arguments = sys.argv[1:] if argv is None else argv
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(usage(), flush=True)
        return 0
    name, *rest = arguments
    if name not in COMMANDS:
        print(f"seal-advisor: no command {name!r}; there are {', '.join(COMMANDS)}", file=sys.stderr)
        return 2
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # UTF-8 in every locale
            stream.reconfigure(encoding="utf-8")
    try:
        code = int(import_module(COMMANDS[name][0]).run(rest))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output has seen enough. What is still buffered goes nowhere; the exit code is the shell's
        # own for a broken pipe, so that no half-written answer counts as a yes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + SIGPIPE
    except KeyboardInterrupt:
        return 128 + SIGINT
    return code


def usage() -> str:
    lines = ["usage: seal-advisor COMMAND ...", ""]
    lines += [f"  {name:<12} {summary}" for name, (_, summary) in COMMANDS.items()]
    return "\n".join([*lines, "", "seal-advisor COMMAND --help says more."])


class _Packages:
    """Looks for the packages of others when the first one is asked for.

    The program starts without `site` (python -S): finding what is installed is a third of an empty start, and most
    commands need nothing of it. The last finder in the row; asked for a name that nobody has, it lets `site` look.
    """

    @classmethod
    def find_spec(cls, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if path is not None:
            return None  # a part of a package that has been found
        sys.meta_path.remove(cls)
        import_module("site").main()
        return PathFinder.find_spec(name)


def program() -> NoReturn:
    """What `seal-advisor` runs: a command and nothing around it."""
    if sys.flags.no_site:
        sys.meta_path.append(_Packages)
    gc.set_threshold(50_000)  # what a command defines stays until its end; nothing to collect in it
    code = main()
    # Everything is written. Taking some two hundred modules apart would take as long as judging a file.
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    program()
