#!/usr/bin/env python3
"""The quality gate: scores the release build on the labelled development sets and fails below the floors in floors.toml.

In: ../shared/bench/score.py and check_seeds.py, the sets below ../shared/data. Out: a line a figure; exit status 1 when one is
below its floor. A floor is lowered only by hand, with the reason beside it.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
SHARED = HERE.parent.parent / "shared"
COMMAND = f"{HERE.parent / 'target/release/naqi'} clean - --from jsonl --to jsonl -o - --quiet --no-config"


def figures(name: str) -> dict:
    """The overall figures of a set; behind its name may stand options of the command."""
    name, _, options = name.partition(" ")
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        path = SHARED / "data" / f"{name}.jsonl.xz"
        subprocess.run([sys.executable, SHARED / "bench/score.py", path, "--cmd", f"{COMMAND} {options}", "--json", out.name], check=True, stdout=subprocess.DEVNULL)
        return json.load(open(out.name))[0]


def main() -> int:
    floors = tomllib.loads((HERE / "floors.toml").read_text(encoding="utf-8"))
    failed = subprocess.run([sys.executable, SHARED / "bench/check_seeds.py", "--cmd", COMMAND]).returncode != 0
    for name, wanted in floors.items():
        found = figures(name)
        for key, bound in wanted.items():
            above = key != "harmed"
            good = found[key] >= bound if above else found[key] <= bound
            failed |= not good
            print(f"{'ok  ' if good else 'FAIL'} {name:52} {key:7} {found[key]:.4f}  {'floor' if above else 'limit'} {bound}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
