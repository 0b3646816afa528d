"""What browsers send as JSON, and what of it no database keeps."""

import json

import pytest

from web.sent import parsed

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"text": "a\0b"}, {"text": "ab"}),
        ({"text": "a\ud83d"}, {"text": "a"}),
        ({"te\udc00xt": ["\ud83d", {"n": 1}]}, {"text": ["", {"n": 1}]}),
        ("🍵", "🍵"),
        (None, None),
    ],
)
def test_half_a_character_and_nul_are_left_out_and_the_rest_is_kept(said, kept):
    assert parsed(json.dumps(said)) == kept


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_what_is_no_json_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"Expecting|nested"):
        parsed(text)
