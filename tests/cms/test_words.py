"""What Wagtail says to editors is said in Chinese, all of it: where its own Chinese lacks something, ours has it."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.utils.translation import override
from django.utils.translation.trans_real import DjangoTranslation, translation

pytestmark = pytest.mark.once
ENTRY = re.compile(r'^(msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?) (".*"(?:\n".*")*)', re.MULTILINE)


def said(catalogue):
    """The keys of a catalogue of Wagtail's English, as gettext keeps them."""
    context = ""
    for name, text in ENTRY.findall(catalogue.read_text("utf-8")):
        words = "".join(ast.literal_eval(line) for line in text.splitlines())
        if name == "msgctxt":
            context = f"{words}\x04"
        elif name == "msgid" and words:
            yield context + words
        elif name.startswith("msgstr"):
            context = ""


def is_known(known, key):
    return bool(known.get(key) or known.get((key, 0)))


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_an_editor_reads_no_english_sentence_of_wagtail(language):
    """Nor, in 繁體, one in 简体: Django would fall back on it."""
    own = translation(language)._catalog
    lacking = [
        key
        for app in apps.get_app_configs()
        if app.name.split(".")[0] == "wagtail" or app.name == "cms.apps"
        for catalogue in Path(app.path).glob("locale/en/LC_MESSAGES/django.po")
        for key in said(catalogue)
        if not is_known(own, key)
    ]
    assert lacking == []


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_nor_does_a_script_of_the_editor_say_one(language):
    folders = [f"{apps.get_app_config(label).path}/locale" for label in ("wagtailadmin", "words")]
    known = DjangoTranslation(language, domain="djangojs", localedirs=folders)._catalog
    english = Path(folders[0]) / "en/LC_MESSAGES/djangojs.po"
    assert [key for key in said(english) if not is_known(known, key)] == []


def test_the_editor_meets_them(login, otto, client):
    page = login(otto).get("/admin/").content.decode()
    assert "搜索全部页面…" in page
    assert "Search all pages" not in page
    script = client.get("/admin/jsi18n/").content.decode()
    assert "改动已自动保存".encode("unicode_escape").decode() in script
    with override("zh-hant"):
        assert translation("zh-hant").gettext("Search all pages…") == "搜尋全部頁面…"
