#!/usr/bin/env python3
"""Times naqi, and for pages resiliparse beside it, on a JSON Lines file of records with "text" or "html".

usage: speed.py DUMP.jsonl [--naqi PATH] [--runs N]

Prints processor seconds (user + system) and MB/s of input for one thread, wall seconds for one and two threads, and for pages the pages a
second of resiliparse (PyPI) in this same run, `extract_plain_text(main_content=True)` on the decoded page. The best of N runs
counts, because other load only ever slows a run. Needs `pip install resiliparse` for pages.
"""
import argparse
import json
import os
import pathlib
import resource
import subprocess
import time


def timed(command: list[str], runs: int) -> tuple[float, float]:
    """Least processor and wall seconds of a command."""
    best = []
    for _ in range(runs):
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        with open(os.devnull, "wb") as nowhere:
            status = subprocess.run(command, stdout=nowhere).returncode
        if status not in (0, 1):
            raise SystemExit(f"{command} ended with status {status}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best.append((cpu, time.perf_counter() - start))
    return min(cpu for cpu, _ in best), min(wall for _, wall in best)


def resiliparse_seconds(pages: list[str], runs: int) -> float:
    """Least processor seconds of resiliparse over the pages."""
    from resiliparse.extract.html2text import extract_plain_text

    best = []
    for _ in range(runs):
        start = time.process_time()
        for page in pages:
            extract_plain_text(page, main_content=True)
        best.append(time.process_time() - start)
    return min(best)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dump")
    parser.add_argument("--naqi", default=str(pathlib.Path(__file__).resolve().parent.parent / "target/release/naqi"))
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    command = [arguments.naqi, "clean", arguments.dump, "-o", "-", "--quiet", "--no-config", "--from", "jsonl"]
    size = os.path.getsize(arguments.dump) / 1e6
    cpu, one = timed([*command, "--jobs", "1"], arguments.runs)
    _, two = timed([*command, "--jobs", "2"], arguments.runs)
    print(f"naqi, one thread: {cpu:.2f} s of processor, {size / cpu:.1f} MB/s; wall {one:.2f} s, with two threads {two:.2f} s ({one / two:.2f} times)")
    with open(arguments.dump, encoding="utf-8", errors="replace") as lines:
        pages = [record["html"] for record in map(json.loads, lines) if record.get("html")]
    if pages:
        rival = resiliparse_seconds(pages, arguments.runs)
        print(f"naqi {len(pages) / cpu:.0f} pages/s, resiliparse {len(pages) / rival:.0f} pages/s: {rival / cpu:.2f} of its speed")


if __name__ == "__main__":
    main()
