"""Keys, sums and what a school is told that is not ready to be paid."""

import pytest
from at_alipay import configured

from payments.providers.alipay import keys, setup, written

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.mark.parametrize("form", ["bare", "pem", "escaped", "wrapped", "file", "bare file"])
def test_a_key_is_read_in_every_form_people_have_it(till, tmp_path, form):
    bare = till.environment()
    for name, read, kind in (
        ("ALIPAY_PRIVATE_KEY", keys.private, "PRIVATE"),
        ("ALIPAY_PUBLIC_KEY", keys.public, "PUBLIC"),
    ):
        text = bare[name]
        pem = f"-----BEGIN {kind} KEY-----\n{text}\n-----END {kind} KEY-----\n"
        wrapped = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
        file = tmp_path / f"{kind}.pem"
        file.write_text(text if form == "bare file" else pem)
        forms = {"bare": text, "pem": pem, "escaped": pem.replace("\n", "\\n"), "wrapped": wrapped}
        assert read(forms.get(form, str(file))) == read(text)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"app_id": ""}, ["ALIPAY_APP_ID"]),
        ({"seller_id": "me"}, ["ALIPAY_SELLER_ID"]),
        ({"private_key": ""}, ["ALIPAY_PRIVATE_KEY"]),
        ({"private_key": "/nowhere/key.pem"}, ["ALIPAY_PRIVATE_KEY"]),
        ({"public_key": "MIIB"}, ["ALIPAY_PUBLIC_KEY"]),
        ({"desktop": "fax"}, ["ALIPAY_DESKTOP"]),
        ({"gateway": "ftp://"}, ["ALIPAY_GATEWAY"]),
        ({}, []),
    ],
)
def test_a_school_that_is_not_ready_to_be_paid_is_told_what_is_missing(till, settings, wrong, named):
    from config.checks import alipay as check

    settings.ALIPAY = configured(till, **wrong)
    assert setup.missing() == named
    assert [problem.id for problem in check(None)] == (["config.E011"] if named else [])
    settings.PAYMENTS = ["sandbox"]
    assert check(None) == []


def test_keys_taken_for_one_another_are_found(till, settings):
    said = configured(till)
    settings.ALIPAY = {**said, "private_key": said["public_key"], "public_key": said["private_key"]}
    assert setup.missing() == ["ALIPAY_PRIVATE_KEY", "ALIPAY_PUBLIC_KEY"]


@pytest.mark.parametrize("amount", [1, 10, 99, 100, 6800, 123456789, 9999999999])
def test_sums_are_written_and_read_to_the_fen(amount):
    assert written.fen(written.yuan(amount)) == amount


@pytest.mark.parametrize("text", ["", "1.234", "1,000", "1e3", "１", ".5", "1.", "+1", "nan"])
def test_what_is_not_a_sum_is_not_guessed(text):
    with pytest.raises(ValueError, match="sum"):
        written.fen(text)
