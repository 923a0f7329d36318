#!/usr/bin/env python3
"""Dolma's mixer and datatrove's readers take what naqi writes for them.

Dolma: the mixer merges attributes with the documents that they speak of and cuts out their spans; the text must be the body that naqi writes.
datatrove: its JSON Lines and Parquet readers give text, id, media and metadata of each record as they were written.

usage: tools.py NAQI    (needs dolma and datatrove from PyPI, `pip install --no-deps dolma` is enough; exits 0 with a loud note without)
"""
import gzip
import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path

STORY = "The council opened the new bridge on Monday, and the mayor said that traffic would flow again by the evening of day {}."
ARABIC = "افتتح المجلس الجسر الجديد يوم الاثنين، وقال الوزير إن حركة السير ستعود مساء اليوم نفسه، وكان ذلك في اليوم {}."


def dolma_mixer():
    """The mixer alone: the package around it wants dozens of others."""
    package = importlib.util.find_spec("dolma")
    library = next(Path(package.submodule_search_locations[0]).glob("dolma*.so"), None) if package else None
    if library is None:
        return None
    spec = importlib.util.spec_from_file_location("dolma", library)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.mixer_entrypoint


def documents():
    for n in range(300):
        story = (ARABIC if n % 2 else STORY).format(n)
        noise = ["Share on Facebook", "اقرأ أيضا: الوزير يفتتح الجسر", "😀 " + story, ""][n % 4]
        text = "" if n == 7 else f"{story}\n{noise}\n{story[::-1]}\n"
        yield {"id": n if n == 5 else f"doc-{n}", "source": "made", "text": text, "metadata": {"url": f"https://news.example/{n}", "n": n}}


def check_dolma(naqi, folder, mixer):
    docs = list(documents())
    # A document without a text is refused, and the lines behind it still fit.
    docs[11].pop("text")
    path = folder / "data/documents/part/0.jsonl.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress("".join(json.dumps(doc) + "\n" for doc in docs).encode()))
    attributes = folder / "data/attributes/naqi"
    done = subprocess.run([naqi, "clean", folder / "data/documents", "-o", folder / "clean", "--audit-format", "dolma", "--audit", attributes, "-q"], capture_output=True, text=True)
    assert done.returncode == 1 and "doc-11" not in done.stdout, done.stderr
    lines = [json.loads(line) for line in gzip.open(attributes / "part/0.jsonl.gz", "rt")]
    assert [line["id"] for line in lines] == [doc["id"] for doc in docs]
    names = sorted({name for line in lines for name in line["attributes"]})
    docs[11]["text"] = ""
    path.write_bytes(gzip.compress("".join(json.dumps(doc) + "\n" for doc in docs).encode()))
    config = {
        "streams": [{
            "name": "made",
            "documents": [str(path)],
            "attributes": ["naqi"],
            "output": {"path": str(folder / "mixed"), "max_size_in_bytes": 1 << 30},
            "span_replacement": [{"span": f"$.attributes.{name}", "min_score": 0.0, "replacement": ""} for name in names],
        }],
        "processes": 1,
        "work_dir": {"input": str(folder / "work-in"), "output": str(folder / "work-out")},
    }
    mixer(json.dumps(config))
    mixed = [json.loads(line) for file in sorted((folder / "mixed").glob("*.gz")) for line in gzip.open(file, "rt")]
    clean = {line["id"]: line["text"] for line in map(json.loads, gzip.open(folder / "clean/part/0.jsonl.gz", "rt"))}
    assert len(mixed) == len(docs) and len(clean) == len(docs) - 1
    for doc in mixed:
        # Blank lines around what was cut are naqi's to take, and no attribute.
        assert doc["text"].split() == clean.get(doc["id"], "").split(), (doc, clean.get(doc["id"]))
    assert sum(doc["text"] != before["text"] for doc, before in zip(mixed, docs)) > 60
    return f"Dolma's mixer cuts {len(mixed)} documents as naqi does, by {', '.join(names)}"


def check_datatrove(naqi, folder):
    from datatrove.pipeline.readers import JsonlReader, ParquetReader

    docs = [doc | {"lang": "en"} for doc in documents() if doc["text"]]
    picture = {"id": "p", "type": 1, "url": "https://news.example/p.png", "media_bytes": None}
    counts = []
    for name, reader in [("flat.jsonl.gz", JsonlReader), ("laid.jsonl", JsonlReader), ("flat.parquet", ParquetReader), ("laid.parquet", ParquetReader)]:
        target = folder / name.split(".")[0] / name
        layout = ["--layout", "datatrove"] if name.startswith("laid") else []
        media = {} if name == "flat.parquet" else {"media": [picture]}
        (folder / "in.jsonl").write_text("".join(json.dumps(doc | media) + "\n" for doc in docs))
        done = subprocess.run([naqi, "clean", folder / "in.jsonl", "-o", target, "-q", *layout], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        read = list(reader(str(target.parent), glob_pattern=target.name, file_progress=False)())
        assert [str(doc.id) for doc in read] == [str(doc["id"]) for doc in docs], name
        note = read[0].metadata["naqi"]
        assert (json.loads(note) if isinstance(note, str) else note)["status"] in ("unchanged", "changed"), note
        assert all(doc.metadata["lang"] == "en" and str(doc.metadata["n"]) == str(made["metadata"]["n"]) for doc, made in zip(read, docs)), name
        assert all(doc.media[0].url == picture["url"] for doc in read) if reader is JsonlReader else not read[0].media, name
        assert not any("Share on Facebook" in doc.text for doc in read)
        counts.append(len(read))
    return f"datatrove reads {counts[0]} records of four files"


def main():
    naqi = str(Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        mixer = dolma_mixer()
        if mixer is None:
            print("SKIPPED: the check with Dolma's mixer needs dolma", file=sys.stderr)
        else:
            print(check_dolma(naqi, Path(folder), mixer))
        try:
            import datatrove.pipeline.readers
        except ImportError as error:
            return print(f"SKIPPED: the check with datatrove's readers needs datatrove ({error})", file=sys.stderr)
        print(check_datatrove(naqi, Path(folder)))


if __name__ == "__main__":
    main()
