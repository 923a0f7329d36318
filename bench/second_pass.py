#!/usr/bin/env python3
"""Cleans what trafilatura extracts, as text, and measures both: does naqi make another extractor's output better?

usage: second_pass.py GOLD.jsonl [--naqi PATH] [--keep EXTRACTED.jsonl] [--set KEY=VALUE ...]

GOLD records hold `html` and `gold` (the clean body). trafilatura (PyPI, default settings) makes the texts; they are kept in EXTRACTED.jsonl,
and read from there when the file stands already. Prints word-level F1 (lower-case words, CJK characters singly, multiset overlap, mean over
records) before and after, and how many records got better, worse and stayed.
"""
import argparse
import collections
import json
import pathlib
import re
import subprocess

CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
WORD = re.compile(f"[{CJK}]|[^\\W{CJK}]+")


def f1(text: str, gold: str) -> float:
    """Word-level F1 of a text against the gold body."""
    found, wanted = (collections.Counter(WORD.findall(part.lower())) for part in (text, gold))
    both = sum((found & wanted).values())
    return 2 * both / (sum(found.values()) + sum(wanted.values())) if both else float(not found and not wanted)


def extracted(gold: pathlib.Path, keep: pathlib.Path | None) -> list[dict]:
    """What trafilatura makes of the pages, with the gold bodies."""
    if keep and keep.exists():
        return [json.loads(line) for line in keep.open(encoding="utf-8")]
    import trafilatura

    records = []
    with gold.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            record = json.loads(line)
            text = trafilatura.extract(record["html"]) or ""
            records.append({key: record[key] for key in ("id", "url", "host", "gold") if record.get(key)} | {"text": text})
    if keep:
        keep.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return records


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("gold", type=pathlib.Path)
    arguments.add_argument("--naqi", default="target/release/naqi")
    arguments.add_argument("--keep", type=pathlib.Path)
    arguments.add_argument("--set", action="append", default=[])
    arguments = arguments.parse_args()
    records = extracted(arguments.gold, arguments.keep)
    command = [arguments.naqi, "clean", "-", "--from", "jsonl", "--to", "jsonl", "-o", "-", "-q", "--no-config"]
    command += [part for value in arguments.set for part in ("--set", value)]
    lines = "".join(json.dumps({key: value for key, value in record.items() if key != "gold"}, ensure_ascii=False) + "\n" for record in records)
    output = subprocess.run(command, input=lines.encode("utf-8", "replace"), stdout=subprocess.PIPE).stdout.decode("utf-8", "replace")
    cleaned = {str(record["id"]): record.get("text") or "" for record in map(json.loads, filter(str.strip, output.split("\n")))}
    before = [f1(record["text"], record["gold"]) for record in records]
    after = [f1(cleaned.get(str(record["id"]), ""), record["gold"]) for record in records]
    better = sum(b > a for a, b in zip(before, after))
    worse = sum(b < a for a, b in zip(before, after))
    count = len(records)
    print(f"records {count}  before {sum(before) / count:.4f}  after {sum(after) / count:.4f}  better {better}  worse {worse}  same {count - better - worse}")


if __name__ == "__main__":
    main()
