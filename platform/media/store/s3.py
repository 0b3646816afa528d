"""The store in a bucket of any S3."""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import IO, Any

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from media.disposition import inline
from media.errors import CutShort, Missing, StoreUnreachable
from media.store.base import CHUNK, Held, Part, Parts, checked, checked_prefix

GONE = {"404", "NoSuchKey", "NotFound", "NoSuchUpload"}


@dataclass(frozen=True)
class Account:
    """Where a bucket is and who we are there; empty keys leave the search for them to boto3."""

    bucket: str
    endpoint: str
    public_endpoint: str
    region: str
    access_key: str
    secret_key: str


class S3:
    """Objects in one private bucket. Clients are made once and shared: boto3's are safe between threads."""

    name = "s3"

    def __init__(self, account: Account) -> None:
        self.account = account

    def put_bytes(self, *, key: str, data: bytes, mime: str) -> None:
        with self._answered(checked(key)):
            self.client.put_object(Bucket=self.account.bucket, Key=key, Body=data, ContentType=mime)

    def put_file(self, *, key: str, path: Path, mime: str) -> None:
        with self._answered(checked(key)):
            self.client.upload_file(str(path), self.account.bucket, key, ExtraArgs={"ContentType": mime})

    def read(self, *, key: str) -> bytes:
        with self._answered(checked(key)):
            data: bytes = self.client.get_object(Bucket=self.account.bucket, Key=key)["Body"].read()
            return data

    def download(self, *, key: str, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._answered(checked(key)):  # boto3 writes beside the target and renames
            self.client.download_file(self.account.bucket, key, str(path))

    def size(self, *, key: str) -> int:
        with self._answered(checked(key)):
            return int(self.client.head_object(Bucket=self.account.bucket, Key=key)["ContentLength"])

    def held(self, *, key: str) -> Held:
        with self._answered(checked(key)):
            head = self.client.head_object(Bucket=self.account.bucket, Key=key)
        version = head["ETag"].strip('"')
        parts = partial(self._parts, key, head["ETag"])
        return Held(int(head["ContentLength"]), head["LastModified"].timestamp(), version, parts)

    def _parts(self, key: str, etag: str, first: int, last: int) -> Parts:
        with self._answered(key):
            asked = {"Range": f"bytes={first}-{last}", "IfMatch": etag}
            body = self.client.get_object(Bucket=self.account.bucket, Key=key, **asked)["Body"]
            with contextlib.closing(body):
                yield from body.iter_chunks(CHUNK)

    def exists(self, *, key: str) -> bool:
        try:
            return self.size(key=key) >= 0
        except Missing:
            return False

    def keys(self, *, prefix: str) -> list[str]:
        with self._answered(checked_prefix(prefix)):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.account.bucket, Prefix=prefix)
            return sorted(row["Key"] for page in pages for row in page.get("Contents", []))

    def delete(self, *, key: str) -> None:
        with self._answered(checked(key)):
            self.client.delete_object(Bucket=self.account.bucket, Key=key)

    def link(self, *, key: str, mime: str, seconds: int, filename: str | None = None) -> str:
        asked = {
            "Bucket": self.account.bucket,
            "Key": checked(key),
            "ResponseContentType": mime,
            "ResponseContentDisposition": inline(filename),
            "ResponseCacheControl": f"private, max-age={seconds}",
        }
        return str(self._public_client.generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds))

    def copy(self, *, key: str, to: str, mime: str) -> None:
        source = {"Bucket": self.account.bucket, "Key": checked(key)}
        told = {"ContentType": mime, "MetadataDirective": "REPLACE"}
        with self._answered(key):  # in parts of its own where it is large
            self.client.copy(source, self.account.bucket, checked(to), ExtraArgs=told)

    @contextlib.contextmanager
    def borrowed(self, *, key: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="qunke-borrowed-") as folder:
            path = Path(folder) / "object"
            self.download(key=key, path=path)
            yield path

    def begin_parts(self, *, key: str, mime: str) -> str:
        with self._answered(checked(key)):
            begun = self.client.create_multipart_upload(Bucket=self.account.bucket, Key=key, ContentType=mime)
        return str(begun["UploadId"])

    def part_link(self, *, key: str, sending: str, number: int, size: int, seconds: int) -> str | None:
        asked = {**self._sending(key, sending), "PartNumber": number, "ContentLength": size}
        return str(self._public_client.generate_presigned_url("upload_part", Params=asked, ExpiresIn=seconds))

    def put_part(self, *, key: str, sending: str, number: int, data: IO[bytes], size: int) -> Part:
        body = data.read(size)
        if len(body) < size:
            raise CutShort(size - len(body))
        with self._answered(key):
            sent = self.client.upload_part(**self._sending(key, sending), PartNumber=number, Body=body)
        return Part(number, size, sent["ETag"])

    def parts(self, *, key: str, sending: str) -> list[Part]:
        with self._answered(key):
            pages = self.client.get_paginator("list_parts").paginate(**self._sending(key, sending))
            rows = [row for page in pages for row in page.get("Parts", [])]
        return [Part(int(row["PartNumber"]), int(row["Size"]), row["ETag"]) for row in rows]

    def complete_parts(self, *, key: str, sending: str, mime: str) -> None:
        arrived = [{"PartNumber": part.number, "ETag": part.tag} for part in self.parts(key=key, sending=sending)]
        with self._answered(key):
            self.client.complete_multipart_upload(**self._sending(key, sending), MultipartUpload={"Parts": arrived})

    def drop_parts(self, *, key: str, sending: str) -> None:
        with contextlib.suppress(Missing), self._answered(key):
            self.client.abort_multipart_upload(**self._sending(key, sending))

    def _sending(self, key: str, sending: str) -> dict[str, str]:
        return {"Bucket": self.account.bucket, "Key": checked(key), "UploadId": sending}

    @cached_property
    def client(self) -> Any:
        return self._connect(self.account.endpoint)

    @cached_property
    def _public_client(self) -> Any:
        """Signs what browsers open: the host is part of the signature, and ours may be an inner one."""
        return self._connect(self.account.public_endpoint or self.account.endpoint)

    def _connect(self, endpoint: str) -> Any:
        return boto3.session.Session().client(
            "s3",
            endpoint_url=endpoint or None,
            region_name=self.account.region,
            aws_access_key_id=self.account.access_key or None,
            aws_secret_access_key=self.account.secret_key or None,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                connect_timeout=3,
                read_timeout=20,
                retries={"mode": "standard", "max_attempts": 3},
                request_checksum_calculation="when_required",  # other makers' S3 refuse the newer trailers
                response_checksum_validation="when_required",
            ),
        )

    @contextlib.contextmanager
    def _answered(self, key: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in GONE:
                raise Missing(key) from error
            raise StoreUnreachable(str(error)) from error
        except (BotoCoreError, Boto3Error) as error:
            raise StoreUnreachable(str(error)) from error
