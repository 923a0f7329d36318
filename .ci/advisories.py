#!/usr/bin/env python3
"""Looks up every crate of the lock files in the RustSec advisory database.

The database is that of the folder or git directory given as argument, else a fresh clone from GitHub; without either a loud note and exit
status 0. A vulnerability in a locked version is an error; notes on crates that nobody maintains any more are told only.

usage: advisories.py [DATABASE]
"""
import io
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib

HERE = pathlib.Path(__file__).resolve().parent.parent
DATABASE = "https://github.com/RustSec/advisory-db"


def number(version):
    """A version to be compared: what stands before a release of the same number is less than it."""
    main, _, before = version.split("+")[0].partition("-")
    parts = [int(part) for part in main.split(".")]
    return (*parts, *[0] * (3 - len(parts)), before == "", before)


def meets(version, requirement):
    """Does a version meet a requirement such as `>= 1.2.3, < 2` or `^0.4.1`?"""
    at = number(version)
    for part in requirement.split(","):
        sign, bound = re.fullmatch(r"\s*(>=|<=|>|<|=|\^|~)?\s*([0-9][^\s]*)\s*", part).groups()
        low = number(bound)
        given = [int(digits) for digits in bound.split("-")[0].split("+")[0].split(".")]
        keep = 1 + next((n for n, digit in enumerate(given) if digit), len(given) - 1) if sign in (None, "^") else min(2, len(given))
        high = [*given[: keep - 1], given[keep - 1] + 1, 0, 0][:3] if keep <= len(given) else [given[0] + 1, 0, 0]
        ceiling = number(".".join(map(str, high)))
        good = {">=": at >= low, "<=": at <= low, ">": at > low, "<": at < low, "=": at == low}.get(sign, low <= at < ceiling)
        if not good:
            return False
    return True


def advisories(folder, names):
    """The advisories on crates of these names, from a git directory or a work tree."""
    tree = ["git", "-C", str(folder), "archive", "HEAD", "crates"]
    with tarfile.open(fileobj=io.BytesIO(subprocess.run(tree, check=True, capture_output=True).stdout)) as files:
        for entry in files:
            parts = pathlib.PurePosixPath(entry.name).parts
            if entry.isfile() and len(parts) == 3 and parts[1] in names and entry.name.endswith(".md"):
                text = files.extractfile(entry).read().decode()
                facts, _, rest = text.partition("```toml")[2].partition("```")
                yield tomllib.loads(facts), next((line for line in rest.splitlines() if line.startswith("# ")), "")[2:]


def main():
    locked = {(crate["name"], crate["version"]) for lock in ("Cargo.lock", "fuzz/Cargo.lock") for crate in tomllib.loads((HERE / lock).read_text())["package"]}
    with tempfile.TemporaryDirectory() as folder:
        database = sys.argv[1] if len(sys.argv) > 1 else folder
        if database == folder and subprocess.run(["git", "clone", "-q", "--depth", "1", DATABASE, folder], capture_output=True).returncode:
            return print(f"SKIPPED: the advisories cannot be looked up, as {DATABASE} cannot be cloned", file=sys.stderr)
        wrong = count = 0
        for facts, title in advisories(database, {name for name, _ in locked}):
            count += 1
            about, versions = facts["advisory"], facts.get("versions", {})
            safe = versions.get("patched", []) + versions.get("unaffected", [])
            for name, version in sorted(locked):
                if name != about["package"] or "withdrawn" in about or any(meets(version, requirement) for requirement in safe):
                    continue
                note = about.get("informational")
                wrong += note in (None, "unsound")
                print(f"{'note' if note else 'VULNERABLE'}: {name} {version}: {about['id']} {title}{f' ({note})' if note else ''}")
        print(f"{len(locked)} locked crates, {count} advisories on crates of these names, {wrong} that apply")
    return 1 if wrong else 0


if __name__ == "__main__":
    assert meets("1.2.3", ">= 1.2.3, < 2") and meets("0.4.9", "^0.4.1") and not meets("0.5.0", "^0.4.1") and not meets("1.0.0-rc.1", ">= 1.0.0") and meets("1.9.0", "1.2")
    sys.exit(main())
