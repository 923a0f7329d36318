#!/usr/bin/env python3
"""Cleans labelled records by the weights of a cross-validation, each by those that saw no page of its host, and prints F1 by set.

usage: cross_validate.py ROWS KIND FOLDS GOLD.jsonl[.xz] ... [--naqi PATH] [--set KEY=VALUE ...]

ROWS is the output folder of `naqi train` on the same GOLD files (it says in which fold each record is), KIND html or text, FOLDS the folder
given to `tools/train.py --folds`. Prints records and word-level F1 (`naqi eval`) of each set, page type and language.
"""
import argparse
import collections
import json
import lzma
import pathlib
import subprocess
import tempfile


def records(path: pathlib.Path):
    """The lines of a file with what they say."""
    with (lzma.open if path.suffix == ".xz" else open)(path, "rt", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            yield line, json.loads(line)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("rows", type=pathlib.Path)
    arguments.add_argument("kind", choices=("html", "text"))
    arguments.add_argument("folds", type=pathlib.Path)
    arguments.add_argument("gold", type=pathlib.Path, nargs="+")
    arguments.add_argument("--naqi", default="target/release/naqi")
    arguments.add_argument("--set", action="append", default=[])
    arguments = arguments.parse_args()
    with (arguments.rows / f"{arguments.kind}.records.jsonl").open(encoding="utf-8") as lines:
        folds = {(facts["set"], facts["id"]): facts["fold"] for facts in map(json.loads, lines)}
    sums = collections.defaultdict(lambda: [0, 0.0])
    with tempfile.TemporaryDirectory() as folder:
        parts: dict[tuple, list[str]] = collections.defaultdict(list)
        for path in arguments.gold:
            for line, record in records(path):
                fold = folds.get((path.stem, str(record["id"])))
                if fold is not None:
                    parts[fold, path.name, record.get("page_type") or "", record.get("lang") or ""].append(line)
        for (fold, name, kind, lang), lines in parts.items():
            part = pathlib.Path(folder) / "part.jsonl"
            part.write_text("".join(lines), encoding="utf-8")
            command = [arguments.naqi, "eval", part, "--format", "json", "--no-config"]
            for value in (f'model.folder="{arguments.folds.resolve()}/{fold}"', *arguments.set):
                command += ["--set", value]
            figures = next(iter(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["sets"].values()))
            for key in {name, f"{name} {kind}".strip(), f"{name} {lang}".strip()}:
                sums[key][0] += figures["records"]
                sums[key][1] += figures["records"] * figures["f1"]
    for key, (count, total) in sorted(sums.items()):
        print(f"{key:50s} {count:6d} {total / count:.4f}")


main()
