"""Which web pages may PUT parts straight into the bucket: its CORS rules, asked as a browser asks and set for the school."""

from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from botocore.exceptions import BotoCoreError, ClientError

from media.errors import StoreUnreachable
from media.store.s3 import S3

NONE_YET = {"404", "NoSuchCORSConfiguration", "NoSuchKey"}
PATIENCE = 5  # seconds


def lets_in(bucket: S3, origin: str) -> bool:
    """Whether pages of this origin may PUT. Raises `OSError` when the bucket does not answer."""
    asked = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
    address = bucket.part_link(key="doctor/part", sending="none", number=1, size=1, seconds=60) or ""
    try:
        with urlopen(Request(address, method="OPTIONS", headers=asked), timeout=PATIENCE) as answer:  # noqa: S310
            return answer.headers.get("Access-Control-Allow-Origin") in {"*", origin}
    except HTTPError:
        return False


def let_in(bucket: S3, origin: str) -> None:
    """From now on they may; rules for other origins are kept. Raises `StoreUnreachable` when we may not say so."""
    try:
        rules = [*_for_others(bucket, origin), _rule(origin)]
        bucket.client.put_bucket_cors(Bucket=bucket.account.bucket, CORSConfiguration={"CORSRules": rules})
    except (ClientError, BotoCoreError) as error:
        raise StoreUnreachable(str(error)) from error


def _for_others(bucket: S3, origin: str) -> list[dict[str, Any]]:
    try:
        rules = bucket.client.get_bucket_cors(Bucket=bucket.account.bucket)["CORSRules"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in NONE_YET:
            return []
        raise
    return [rule for rule in rules if rule.get("AllowedOrigins") != [origin]]


def _rule(origin: str) -> dict[str, Any]:
    return {
        "AllowedOrigins": [origin],
        "AllowedMethods": ["PUT", "GET", "HEAD"],
        "AllowedHeaders": ["*"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 3600,
    }
