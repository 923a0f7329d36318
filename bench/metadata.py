#!/usr/bin/env python3
"""Compares title, author and date that naqi finds in pages with what labelled records state.

usage: metadata.py GOLD.jsonl [--naqi PATH]

GOLD records hold `html` and, where known, `title`, `author` and `date`. For each fact: how many records state it, the share of these where
naqi found something, and the share where it found the same. Titles and authors are the same when they have the same words, or
for titles when one begins with the other (a site's name may follow); dates when their days are.
"""
import argparse
import json
import re
import subprocess


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def same(fact: str, found: str, stated: str) -> bool:
    """Do a found and a stated fact agree?"""
    if fact == "date":
        return found[:10] == stated[:10]
    a, b = words(found), words(stated)
    if fact == "title":
        shorter, longer = sorted((a, b), key=len)
        return bool(shorter) and longer[: len(shorter)] == shorter
    return sorted(set(a)) == sorted(set(b))


def fact_of(line: dict, fact: str) -> str | None:
    """A fact of an output line: the title stands in it, the others under `naqi`."""
    return line.get(fact) if fact == "title" else line.get("naqi", {}).get(fact)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("gold")
    arguments.add_argument("--naqi", default="target/release/naqi")
    arguments = arguments.parse_args()
    records, lines = [], []
    with open(arguments.gold, encoding="utf-8", errors="replace") as source:
        for line in source:
            record = json.loads(line)
            lines.append(json.dumps({key: record[key] for key in ("id", "url", "html") if record.get(key)}, ensure_ascii=False))
            records.append({key: record.get(key) for key in ("id", "title", "author", "date")})
    command = [arguments.naqi, "clean", "-", "--from", "jsonl", "--to", "jsonl", "-o", "-", "-q", "--no-config"]
    output = subprocess.run(command, input="\n".join(lines).encode("utf-8", "replace"), stdout=subprocess.PIPE).stdout.decode("utf-8", "replace")
    found = {str(record["id"]): record for record in map(json.loads, filter(str.strip, output.split("\n")))}
    for fact in ("title", "author", "date"):
        stated = [(record[fact], fact_of(found.get(str(record["id"]), {}), fact)) for record in records if record[fact]]
        given = [(want, got) for want, got in stated if got]
        right = sum(same(fact, got, want) for want, got in given)
        print(f"{fact:7} stated {len(stated):5}  found {len(given) / len(stated):.3f}  same {right / len(stated):.3f}")
        wrong = [(want, got) for want, got in given if not same(fact, got, want)]
        for want, got in wrong[:4]:
            print(f"          {want!r} but {got!r}")


if __name__ == "__main__":
    main()
