#!/usr/bin/env python3
"""How often naqi finds the title of a text that does not state it.

usage: bench/titles.py TEXTS.jsonl TITLES.jsonl [--cmd 'target/release/naqi clean - --from jsonl --to jsonl -o -']

TEXTS holds records with `id` and `text`, TITLES records with the same ids and `title` (they may be one file); both may be packed with xz. A record counts
when its title stands in a line of its own. Words are compared without case and marks. Prints, for articles and for other pages, the shares of
titles found, found in part (one holds the other), missed (no title) and wrong.
"""
import argparse
import collections
import json
import lzma
import re
import shlex
import subprocess


def records(path):
    opened = lzma.open(path, "rt", encoding="utf-8") if path.endswith(".xz") else open(path, encoding="utf-8")
    with opened as lines:
        return [json.loads(line) for line in lines if line.strip()]


def words(text):
    return re.sub(r"\W+", " ", (text or "").lower()).strip()


def outcome(found, wanted):
    if not found:
        return "missed"
    if found == wanted:
        return "found"
    return "in part" if found in wanted or wanted in found else "wrong"


def main():
    args = argparse.ArgumentParser(usage=__doc__)
    args.add_argument("texts")
    args.add_argument("titles")
    args.add_argument("--cmd", default="target/release/naqi clean - --from jsonl --to jsonl -o - --quiet")
    args = args.parse_args()
    titles = {record["id"]: words(record.get("title")) for record in records(args.titles)}
    texts = [record for record in records(args.texts) if titles.get(record["id"])]
    lines = [json.dumps({key: record[key] for key in ("id", "url", "host", "text") if key in record}) for record in texts]
    cleaned = subprocess.run(shlex.split(args.cmd), input="\n".join(lines).encode(), stdout=subprocess.PIPE, check=False).stdout
    counts = collections.defaultdict(collections.Counter)
    for record, line in zip(texts, cleaned.decode().rstrip("\n").split("\n"), strict=True):
        wanted = titles[record["id"]]
        if any(words(line) == wanted for line in record["text"].splitlines()):
            kind = "articles" if record.get("page_type", "article") == "article" else "other pages"
            counts[kind][outcome(words(json.loads(line).get("title")), wanted)] += 1
    for kind, count in sorted(counts.items()):
        total = sum(count.values())
        print(f"{kind}: {total} titles;", ", ".join(f"{name} {count[name] / total:.2f}" for name in ("found", "in part", "missed", "wrong")))


if __name__ == "__main__":
    main()
