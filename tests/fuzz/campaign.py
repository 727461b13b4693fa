"""`python -m tests.fuzz.campaign SECONDS [TARGET …]`: every target in turn under atheris (libFuzzer, guided by coverage of our own modules),
each in a process of its own. Exit 1, and the inputs, when a property broke."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ONE_S_MAX = 20  # libFuzzer calls one input that takes longer a hang
MEMORY_MIB_MAX = 4096


def main() -> int:
    seconds, names = int(sys.argv[1]), sys.argv[2:]
    from tests.fuzz.targets import TARGETS, seeds

    names = names or list(TARGETS)
    broken = 0
    for name in names:
        with tempfile.TemporaryDirectory(prefix="campaign-") as folder:
            corpus = Path(folder) / "corpus"
            corpus.mkdir()
            for number, data in enumerate(seeds(name)):
                (corpus / f"seed-{number}").write_bytes(data)
            command = [sys.executable, "-m", "tests.fuzz.campaign", "--one", name, str(corpus), f"-artifact_prefix={folder}/",
                       f"-max_total_time={max(1, seconds // len(names))}", f"-timeout={ONE_S_MAX}", f"-rss_limit_mb={MEMORY_MIB_MAX}",
                       "-max_len=65536", "-seed=1", "-print_final_stats=1", "-verbosity=0"]  # fmt: skip
            done = subprocess.run(
                command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False
            )
            runs = next(
                (line.split()[-1] for line in done.stdout.splitlines() if "number_of_executed_units" in line), "?"
            )
            print(f"{name:<20} {runs:>9} inputs  {'ok' if done.returncode == 0 else 'BROKEN'}", flush=True)
            if done.returncode:
                broken += 1
                print(
                    "\n".join(line for line in done.stdout.splitlines() if "PropertyBroken" in line or "ERROR" in line)[
                        :2000
                    ]
                )
                for file in Path(folder).glob("*-*"):
                    if file.is_file():
                        print(f"  {file.name}: {file.read_bytes()[:400]!r}")
    return 1 if broken else 0


def one(name: str, arguments: list[str]) -> None:
    import atheris

    with atheris.instrument_imports(include=["triage"]):
        from tests.fuzz.properties import check
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]
    atheris.Setup([sys.argv[0], *arguments], lambda data: check(name, target, data) and None)
    atheris.Fuzz()


if __name__ == "__main__":
    if sys.argv[1] == "--one":
        one(sys.argv[2], sys.argv[3:])
    else:
        sys.exit(main())
