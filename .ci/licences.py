#!/usr/bin/env python3
"""Checks the licences of every crate that is built into naqi against a list, and each crate's place of origin.

Reads `cargo tree` (normal and build dependencies of this platform), prints what is not allowed and exits 1 if there is anything.
"""
import re
import subprocess
import sys

# Licences whose terms a binary under MIT or Apache-2.0 can meet. MPL-2.0 binds changed files of those crates only.
ALLOWED = {
    "MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Zlib", "0BSD", "BSL-1.0",
    "Unlicense", "CC0-1.0", "Unicode-3.0", "MPL-2.0", "bzip2-1.0.6",
}


def is_allowed(expression):
    """Is an SPDX expression of AND, OR and parentheses met by the list? The old `A/B` means OR."""
    tokens = re.findall(r"\(|\)|\bAND\b|\bOR\b|(?:(?!\bAND\b|\bOR\b)[^()])+", expression.replace("/", " OR "))
    python = []
    for token in (token.strip() for token in tokens):
        if token in ("(", ")"):
            python.append(token)
        elif token in ("AND", "OR"):
            python.append(token.lower())
        elif token:
            python.append(str(token in ALLOWED))
    return bool(python) and eval(" ".join(python), {})  # noqa: S307: only True, False, and, or, parentheses


def main():
    tree = ["cargo", "tree", "--locked", "--prefix", "none", "--edges", "normal,build", "--format", "{p}|{l}|{r}"]
    lines = subprocess.run(tree, check=True, capture_output=True, text=True).stdout.splitlines()
    crates = {tuple(part.removesuffix("(*)").strip() for part in line.split("|")) for line in lines if line.count("|") == 2}
    wrong = [f"{name}: licence '{licence or 'none stated'}'" for name, licence, _ in sorted(crates) if not is_allowed(licence)]
    wrong += [f"{name}: not from the registry" for name, _, _ in sorted(crates) if "(" in name.replace("(proc-macro)", "") and not name.startswith("naqi ")]
    for line in wrong:
        print(f"not allowed: {line}", file=sys.stderr)
    print(f"{len(crates)} crates, {len(wrong)} not allowed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
