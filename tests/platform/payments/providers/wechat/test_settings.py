"""Keys that are missing or unreadable are named."""

import pytest
from at_wechat import by_both_keys

from config import checks
from payments.providers.wechat import client

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def hints():
    return [message.hint for message in checks.wechat(None)]


@by_both_keys
def test_a_school_that_has_all_its_keys_is_not_bothered(till, settings, tmp_path):
    assert hints() == []
    (tmp_path / "key.pem").write_text(till.keys.merchant.private)
    settings.WECHAT = {**settings.WECHAT, "private_key": str(tmp_path / "key.pem")}
    assert hints() == []
    one_line = till.keys.merchant.private.replace("\n", "\\n")
    settings.WECHAT = {**settings.WECHAT, "private_key": one_line}
    assert hints() == []
    assert client.client().sign(["x"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mchid", ""),
        ("app_secret", ""),
        ("api_v3_key", "too short"),
        ("private_key", "/nowhere/key.pem"),
        ("private_key", "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"),
        ("public_key", "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----"),
        ("public_key_id", ""),
    ],
)
def test_a_key_that_is_missing_or_unreadable_is_named(till, settings, name, value):
    settings.WECHAT = {**settings.WECHAT, name: value}
    assert [f"WECHAT_{name.upper()}" in hint for hint in hints()] == [True]
    settings.PAYMENTS = ["sandbox"]
    assert hints() == []
