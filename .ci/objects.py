#!/usr/bin/env python3
"""Object storage as source and target, against a local S3 server (moto, loopback only).

A dump in several formats is put into a bucket and cleaned from there back into it; every object must be what the same run over local files
writes. One output is larger than a part, so that it goes out in several.

usage: objects.py NAQI    (a build with `--features objects`; needs moto[server] and boto3 from PyPI; exits 0 with a loud note without)
"""
import gzip
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

STORY = "The council opened the new bridge on Monday, and the mayor said that traffic would flow again by the evening of day {}."


def main():
    naqi = str(Path(sys.argv[1]).resolve())
    try:
        import boto3
        from moto.server import ThreadedMotoServer
    except ImportError as error:
        return print(f"SKIPPED: the object storage test needs moto[server] and boto3 ({error})", file=sys.stderr)
    for name, value in [("AWS_ACCESS_KEY_ID", "naqi"), ("AWS_SECRET_ACCESS_KEY", "naqi"), ("AWS_REGION", "us-east-1"), ("AWS_DEFAULT_REGION", "us-east-1")]:
        os.environ[name] = value
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    os.environ.update(AWS_ENDPOINT=endpoint, AWS_ALLOW_HTTP="true", NO_PROXY="*", no_proxy="*")
    s3 = boto3.client("s3", endpoint_url=endpoint)
    s3.create_bucket(Bucket="dump")
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder) / "in"
        (inside / "deep er").mkdir(parents=True)
        lines = "".join(json.dumps({"id": n, "text": STORY.format(n) + "\nShare on Facebook"}) + "\n" for n in range(60_000))
        (inside / "large.jsonl").write_text(lines)
        (inside / "deep er" / "story.txt").write_text(STORY.format(1) + "\nShare on Facebook\n")
        (inside / "deep er" / "page.html.gz").write_bytes(gzip.compress(f"<title>Bridge</title><p>{STORY.format(2)}</p>".encode()))
        (inside / "rows.csv").write_text("id,text\n1,\"" + STORY.format(3) + "\"\n")
        with zipfile.ZipFile(inside / "more.zip", "w") as archive:
            archive.writestr("a/b.txt", STORY.format(4))
        run = lambda *arguments: subprocess.run([naqi, *arguments], cwd=folder, capture_output=True, text=True)
        first = run("clean", "s3://dump/in", "-o", "s3://dump/out")
        if "--features objects" in first.stderr:
            return print("SKIPPED: this naqi was built without --features objects", file=sys.stderr)
        assert first.returncode == 2 and "cannot be read" in first.stderr or "no readable input" in first.stderr, first.stderr
        for path in sorted(inside.rglob("*")):
            if path.is_file():
                s3.upload_file(str(path), "dump", path.relative_to(folder).as_posix())
        for arguments in (["in", "-o", "out"], ["in/rows.csv", "-o", "one.parquet"], [f"file://{folder}/in/rows.csv", "-o", f"file://{folder}/one.jsonl"]):
            done = run("clean", *arguments)
            assert done.returncode == 0, done.stderr
        for arguments in (["s3://dump/in/", "-o", "s3://dump/out"], ["s3://dump/in/rows.csv", "-o", "s3://dump/one.parquet"]):
            done = run("clean", *arguments)
            assert done.returncode == 0, done.stderr
        assert run("clean", "s3://dump/in/", "-o", "s3://dump/in").returncode == 2
        stored = {}
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket="dump"):
            for entry in page["Contents"]:
                if not entry["Key"].startswith("in/"):
                    stored[entry["Key"]] = s3.get_object(Bucket="dump", Key=entry["Key"])["Body"].read()
        local = {path.relative_to(folder).as_posix(): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file() and path.relative_to(folder).parts[0] != "in"}
        jsonl = local.pop("one.jsonl")
        assert jsonl.count(b"\n") == 1
        assert stored.keys() == local.keys(), f"{sorted(stored)} are not {sorted(local)}"
        wrong = [name for name in local if local[name] != stored[name]]
        assert not wrong, f"these differ from the local run: {wrong}"
        assert len(stored["out/large.jsonl"]) > 8 << 20, "one object is to go out in parts"
    server.stop()
    print(f"{len(stored)} objects as the local run writes them")


if __name__ == "__main__":
    main()
