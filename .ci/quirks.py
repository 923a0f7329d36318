#!/usr/bin/env python3
"""WARC files as crawlers leave them are read by naqi record for record as FastWARC reads them.

warcio writes bodies that are plain, gzipped, deflated and in chunks, HTTP/2 status lines, a Content-Length that lies, answers that are no page, and between them
a revisit, metadata and a DNS record; as they are, in gzip members, in one gzip member, and without the last line end.

usage: quirks.py NAQI     (needs warcio and fastwarc from PyPI; exits 0 with a loud note when one is missing)
"""
import gzip
import io
import json
import subprocess
import sys
import tempfile
import warnings
import zlib
from pathlib import Path

SENTENCE = "The council opened the new bridge on Monday, and the mayor said that traffic would flow again by the evening of day {}."
HTML = ("Content-Type", "text/html")


def page(number):
    return f"<html><head><title>Page {number}</title></head><body><p>{SENTENCE.format(number)}</p></body></html>".encode()


ANSWERS = [
    ("HTTP/1.1", "200 OK", [HTML], page(0)),
    ("HTTP/1.1", "200 OK", [HTML, ("Content-Encoding", "gzip")], gzip.compress(page(1))),
    ("HTTP/1.1", "200 OK", [HTML, ("Transfer-Encoding", "chunked")], b"%x\r\n%s\r\n0\r\n\r\n" % (len(page(2)), page(2))),
    ("HTTP/2", "200", [("content-type", "text/html; charset=utf-8")], page(3)),
    ("HTTP/1.0", "200", [("Content-Type", "TEXT/HTML")], page(4)),
    ("HTTP/1.1", "200 OK", [HTML, ("Content-Length", "7")], page(5)),
    ("HTTP/1.1", "200 OK", [HTML, ("Content-Encoding", "deflate")], zlib.compress(page(6))),
    ("HTTP/1.1", "404 Not Found", [HTML], page(7)),
    ("HTTP/1.1", "200 OK", [("Content-Type", "application/json")], b"{}"),
    ("HTTP/1.1", "206 Partial Content", [HTML], page(9)),
]


def dump(packed):
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    out = io.BytesIO()
    writer = WARCWriter(out, gzip=packed)
    writer.write_record(writer.create_warcinfo_record("dump.warc", {"software": "own"}))
    for number, (protocol, status, lines, body) in enumerate(ANSWERS):
        head = StatusAndHeaders(status, lines, protocol=protocol)
        writer.write_record(writer.create_warc_record(f"http://e.example/{number}", "response", payload=io.BytesIO(body), http_headers=head))
        if number == 2:
            again = StatusAndHeaders("200 OK", [HTML], protocol="HTTP/1.1")
            writer.write_record(writer.create_revisit_record("http://e.example/again", "sha1:AAAA", "http://e.example/0", "2024-01-01T00:00:00Z", http_headers=again))
            for url, kind, media, body in [
                ("http://e.example/about", "metadata", "application/warc-fields", b"a: b\r\n"),
                ("dns:e.example", "response", "text/dns", b"20240101000000\ne.example. 1 IN A 1.2.3.4\n"),
            ]:
                writer.write_record(writer.create_warc_record(url, kind, payload=io.BytesIO(body), warc_content_type=media))
    return out.getvalue()


def by_fastwarc(path):
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    with open(path, "rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response, parse_http=True):
            media = (record.http_content_type or "").lower()
            if record.http_headers and 200 <= (record.http_headers.status_code or 0) < 300 and media in ("text/html", "text/plain"):
                yield record.record_id.strip("<>"), record.headers["WARC-Target-URI"].strip("<>"), record.headers["WARC-Date"]


def main():
    try:
        import fastwarc  # noqa: F401
        import warcio  # noqa: F401
    except ImportError as error:
        return print(f"SKIPPED: the comparison of odd WARC files needs warcio and fastwarc ({error})", file=sys.stderr)
    warnings.simplefilter("ignore")
    naqi = str(Path(sys.argv[1]).resolve())
    plain = dump(False)
    files = {"plain.warc": plain, "members.warc.gz": dump(True), "one.warc.gz": gzip.compress(plain), "cut.warc": plain.rstrip()}
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder) / name
            path.write_bytes(content)
            run = subprocess.run([naqi, "clean", str(path), "--to", "jsonl", "-o", "-", "-q", "--no-config"], cwd=folder, capture_output=True)
            records = [json.loads(line) for line in run.stdout.decode().splitlines()]
            found, wanted = [(record["id"], record["url"], record["date"]) for record in records], list(by_fastwarc(path))
            assert run.returncode == 0 and found == wanted, f"{name}: naqi {found}\nFastWARC: {wanted}\n{run.stderr.decode()}"
            for record in records:
                assert SENTENCE.format(record["url"].rsplit("/")[-1]) in record["text"], f"{name}: {record}"
    print(f"{len(files)} odd WARC files, each with {len(wanted)} records as FastWARC reads them")


if __name__ == "__main__":
    main()
