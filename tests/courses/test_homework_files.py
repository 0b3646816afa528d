"""Pictures and voices that come with homework: harmless before they are kept, and fetched only by whom they concern."""

import io
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from papers import VOICE, accepted, add, asks, handed, picture, returned, voice
from PIL import Image as Drawing

from courses import errors
from courses.homework import files
from courses.homework.access import may_fetch
from courses.homework.reviewing import send_back
from courses.models import Attachment
from media.gate import may_fetch as gate_says
from media.models import Asset
from media.store import store

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def work(lesson):
    return asks(lesson)


def located(colour="teal", orientation=6):
    """As a phone takes it: lying on its side, with where and when."""
    exif = Drawing.Exif()
    exif[0x0112], exif[0x010F] = orientation, "SECRETPHONE"
    exif.get_ifd(0x8825)[2] = (31.0, 13.0, 49.0)
    return picture(colour, size=(640, 480), exif=exif)


def bomb():
    """A PNG of a hundred thousand by a hundred thousand pixels, in a few bytes."""
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    parts = ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    data = b"".join(struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts)
    return b"\x89PNG\r\n\x1a\n" + data


def test_a_picture_is_drawn_anew_upright_and_without_where_it_was_taken(ben, lesson):
    asset = add(ben, lesson, located()).asset
    data = store().read(key=asset.key)
    assert (asset.mime, asset.guard) == ("image/webp", "homework")
    assert b"SECRETPHONE" not in data
    with Drawing.open(io.BytesIO(data)) as kept:
        assert kept.size == (480, 640)
        assert not kept.getexif()
    asset.refresh_from_db()
    assert (asset.width, asset.height) == (480, 640)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "JPEG"])
def test_three_formats_are_taken_whatever_the_file_is_called(ben, lesson, form):
    assert add(ben, lesson, picture(form=form, name="作业.docx")).asset.mime == "image/webp"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\x89PNG\r\n\x1a\n" + b"x" * 100,
        b"\xff\xd8\xff\xe0" + b"<?php ?>" * 20,
        b"GIF89a" + b"\0" * 60,
        b"#EXTM3U\nfile:///etc/passwd\n",
        bomb(),
    ],
    ids=["nothing", "svg", "broken", "polyglot", "gif", "playlist", "bomb"],
)
def test_what_is_no_picture_or_means_harm_is_refused_with_a_sentence(ben, lesson, data):
    for role in ("picture", "voice"):
        with pytest.raises(errors.BadFile, match="茶"):
            add(ben, lesson, SimpleUploadedFile("茶.jpg", data, "image/jpeg"), role)
    assert not Asset.objects.exists()


def test_a_picture_of_more_than_ten_megabytes_is_refused_unread(ben, lesson, monkeypatch):
    monkeypatch.setattr(files, "PICTURE_BYTES", 100)
    with pytest.raises(errors.BadFile, match="MB"):
        add(ben, lesson, picture())


def test_nine_pictures_are_taken_and_the_same_one_is_there_once(ben, lesson):
    for n in range(9):
        add(ben, lesson, picture((n * 25, 0, 0)))
    assert add(ben, lesson, picture((0, 0, 0))).position == 1
    with pytest.raises(errors.TooManyFiles):
        add(ben, lesson, picture("white"))
    assert Attachment.objects.count() == 9


def test_a_voice_is_kept_and_its_other_forms_are_ordered(ben, lesson):
    asset = add(ben, lesson, voice(), "voice").asset
    assert (asset.kind, asset.mime, asset.uploaded_by) == ("audio", "audio/ogg", ben)
    assert {row.name for row in asset.renditions.all()} >= {"m4a", "low"}


def test_a_voice_of_more_than_five_minutes_and_a_picture_as_voice_are_refused(ben, lesson, monkeypatch):
    monkeypatch.setattr(files, "VOICE_MS", 1000)
    monkeypatch.setattr(files, "GRACE_MS", 0)
    for uploaded in (voice(), picture()):
        with pytest.raises(errors.BadFile):
            add(ben, lesson, uploaded, "voice")
    with pytest.raises(errors.BadFile):
        add(ben, lesson, SimpleUploadedFile("a.jpg", VOICE.read_bytes()))


def test_only_what_is_asked_for_is_taken(ben, lesson):
    asks(lesson, voice=False, pictures=False)
    for role in ("picture", "voice", "reply"):
        with pytest.raises(errors.NotTaken):
            add(ben, lesson, picture(), role)
    assert handed(ben, lesson)


def test_after_handing_in_nothing_is_added_or_taken_out(ben, lesson):
    handed(ben, lesson)
    with pytest.raises(errors.NotADraft):
        add(ben, lesson, picture())
    assert not Asset.objects.exists()


def test_only_ben_his_teacher_who_helps_him_and_the_school_fetch_it(
    request, ben, lesson, cohort, other_cohort, other_course
):
    asset = add(ben, lesson, picture()).asset
    names = ("anonymous", "ada", "bob", "cat", "dan", "eve", "finn", "gwen", "olga")
    people = {name: request.getfixturevalue(name) for name in names}
    assert gate_says(ben, asset)
    assert not any(gate_says(person, asset) for person in people.values())  # a draft is nobody's business
    handed(ben, lesson)
    assert {name for name, person in people.items() if gate_says(person, asset)} == {"ada", "gwen", "olga"}


def test_a_lapsed_member_keeps_their_own_and_what_was_said_to_them(ben, ada, lesson):
    mine = add(ben, lesson, picture()).asset
    one = handed(ben, lesson)
    send_back(submission=one, by=ada, voice=voice())
    ben.grants.all().delete()
    assert gate_says(ben, mine)
    assert gate_says(ben, one.reply.asset)


def test_excellent_ones_are_for_who_may_open_the_lesson_and_never_the_comment(ben, bob, cat, ada, lesson):
    asks(lesson, shows_best=True)
    asset = add(ben, lesson, picture()).asset
    one = accepted(handed(ben, lesson, may_show=True), ada, is_best=True, voice=voice())
    assert gate_says(bob, asset)
    assert not gate_says(cat, asset)
    assert not gate_says(bob, one.reply.asset)
    one.may_show = False
    one.save()
    assert not gate_says(bob, asset)


def test_what_was_in_an_attempt_that_is_not_shown_is_not_shown(ben, bob, ada, lesson):
    asks(lesson, shows_best=True)
    first = add(ben, lesson, picture("red"))
    returned(handed(ben, lesson, may_show=True), ada)
    ben.submissions.get(number=2).attachments.all().delete()
    accepted(handed(ben, lesson, number=2, may_show=True), ada, is_best=True)
    assert not gate_says(bob, first.asset)


@pytest.mark.parametrize("number", ["", "0", "not-a-uuid"])
def test_a_guard_with_a_strange_number_opens_nothing(otto, number):
    assert not may_fetch(otto, number)


def test_learners_files_are_no_material_of_the_school(ben, lesson):
    add(ben, lesson, voice(), "voice")
    assert not Asset.objects.of_the_school().exists()
