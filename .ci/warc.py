#!/usr/bin/env python3
"""A WARC file that wget writes is read by naqi record for record as FastWARC reads it.

A local server (loopback only) gives pages in several encodings, plain, gzipped and in chunks, a missing page and an image; wget crawls
them into a .warc.gz. Every response that FastWARC sees with a status 2xx and a page or text must be one of naqi's records, in the same
order, with the same id, address and date, and with the page's own sentence in its text; all others must be none.

usage: warc.py NAQI       (needs wget, and fastwarc from PyPI; exits 0 with a loud note when one is missing)
"""
import gzip
import http.server
import json
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

SENTENCES = {
    "/plain.html": ("The harbour opened its new gate on Monday, and the first ships came in before noon.", "utf-8", ()),
    "/gzip.html": ("The bakers of the old town agreed on a common oven, which will be lit in spring.", "utf-8", ("gzip",)),
    "/chunked.html": ("A train of forty carriages carried the harvest over the pass in a single night.", "utf-8", ("chunked",)),
    "/both.html": ("The school on the hill has a garden now, and every class tends a bed of its own.", "utf-8", ("gzip", "chunked")),
    "/arabic.html": ("أعلنت وزارة التعليم اليوم أن العام الدراسي الجديد يبدأ في موعده المحدد.", "windows-1256", ()),
    "/notes.txt": ("Plain notes of the council, kept by its clerk in a hand that all can read.", "utf-8", ()),
}


class Pages(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        status, media, body, ways = 200, "text/html", b"", ()
        if self.path == "/":
            links = "".join(f'<p><a href="{path}">{path}</a></p>' for path in [*SENTENCES, "/missing.html", "/logo.png"])
            body = f"<html><body>{links}<p>This is the front page of the small site, which lists all of its pages.</p></body></html>".encode()
        elif self.path == "/logo.png":
            media, body = "image/png", b"\x89PNG\r\n\x1a\nWARC/1.0\r\n\r\n"
        elif self.path in SENTENCES:
            sentence, charset, ways = SENTENCES[self.path]
            media = ("text/plain" if self.path.endswith(".txt") else "text/html") + f"; charset={charset}"
            body = (sentence if self.path.endswith(".txt") else f"<html><head><title>Page</title></head><body><p>{sentence}</p></body></html>").encode(charset)
        else:
            status, body = 404, b"<html><body>Nothing is here.</body></html>"
        self.send_response(status)
        self.send_header("Content-Type", media)
        if "gzip" in ways:
            body = gzip.compress(body, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        if "chunked" in ways:
            self.send_header("Transfer-Encoding", "chunked")
            half = len(body) // 2
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:], b""))
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def by_fastwarc(path):
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    wanted = []
    with open(path, "rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response, parse_http=True):
            media = (record.http_content_type or "").lower()
            if record.http_headers and 200 <= (record.http_headers.status_code or 0) < 300 and media in ("text/html", "text/plain"):
                wanted.append((record.record_id.strip("<>"), record.headers["WARC-Target-URI"].strip("<>"), record.headers["WARC-Date"]))
    return wanted


def main():
    try:
        import fastwarc  # noqa: F401
    except ImportError:
        return print("SKIPPED: the WARC comparison needs fastwarc (pip install fastwarc)", file=sys.stderr)
    if not shutil.which("wget"):
        return print("SKIPPED: the WARC comparison needs wget", file=sys.stderr)
    naqi = str(Path(sys.argv[1]).resolve())
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        site = f"http://127.0.0.1:{server.server_address[1]}/"
        subprocess.run(
            ["wget", "-q", "-e", "robots=off", "-r", "-l", "1", "--header=Accept-Encoding: gzip", "--no-proxy", "--warc-file=crawl", site], cwd=folder, check=False
        )
        crawl = Path(folder) / "crawl.warc.gz"
        wanted = by_fastwarc(crawl)
        run = subprocess.run([naqi, "clean", str(crawl), "--to", "jsonl", "-o", "-", "-q"], cwd=folder, capture_output=True, check=True)
        records = [json.loads(line) for line in run.stdout.decode().splitlines()]
        found = [(record["id"], record["url"], record["date"]) for record in records]
        assert found == wanted, f"naqi: {found}\nFastWARC: {wanted}"
        for record in records:
            path = "/" + record["url"].removeprefix(site)
            sentence = SENTENCES.get(path, ("front page", "", ()))[0]
            assert sentence in record["text"], f"{path}: {record['text']!r}"
        missing = set(SENTENCES) - {"/" + url.removeprefix(site) for _, url, _ in found}
        assert not missing, f"never crawled: {missing}"
        # What naqi writes is WARC too: FastWARC reads a conversion for each page.
        subprocess.run([naqi, "clean", str(crawl), "-o", "wet", "--to", "warc", "-q"], cwd=folder, check=True)
        from fastwarc.warc import ArchiveIterator, WarcRecordType

        with open(Path(folder) / "wet" / "crawl.warc.gz", "rb") as stream:
            texts = [record.reader.read().decode() for record in ArchiveIterator(stream, record_types=WarcRecordType.conversion)]
        assert texts == [record["text"] for record in records], "the conversions differ from the records"
    print(f"{len(records)} records as FastWARC reads them, {len(texts)} conversions that it reads back")


if __name__ == "__main__":
    main()
