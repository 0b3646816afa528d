"""A file comes in parts: into a folder or straight into a bucket, cut off and gone on with, and is one asset at the end."""

import io
import json
import secrets
import urllib.error
import urllib.request
from datetime import timedelta

import pytest
from django.utils import timezone
from racing import at_once

from cms.staff import welcome
from media.errors import BadKey, CutShort, Incomplete, Missing, NoRoom, NotAudio, Over, TooBig, UploadRefused
from media.models import Asset, Upload
from media.store import cors
from media.uploads import finishing, services
from media.uploads.finishing import finish_upload, missing_parts
from media.uploads.names import place_of, title_of
from media.uploads.services import begin_upload, give_up, part_links, sweep_uploads, take_part

pytestmark = pytest.mark.django_db
PART = 5 << 20  # the least an S3 takes
AT = "/media/uploads/"


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(services, "PART", PART)


@pytest.fixture
def emil(emil):
    welcome(emil)
    return emil


@pytest.fixture
def editor(login, emil):
    return login(emil)


@pytest.fixture(scope="session")
def long_wav(wav):
    """Three parts: a WAV whose head says how long the rest is."""
    silence = bytes(11 << 20)
    head = bytearray(wav[: wav.index(b"data") + 8])
    head[4:8] = (len(head) - 8 + len(silence)).to_bytes(4, "little")
    head[-4:] = len(silence).to_bytes(4, "little")
    return bytes(head) + silence


def begun(by, data, filename="01_第一讲 认识茶.wav", **more):
    return begin_upload(by=by, filename=filename, size=len(data), **more)


def piece(upload, data, number):
    return data[(number - 1) * upload.part_size :][: upload.size_of(number)]


def send(upload, data, numbers=None):
    for number in numbers or range(1, upload.count + 1):
        part = piece(upload, data, number)
        take_part(upload=upload, number=number, data=io.BytesIO(part), size=len(part))


def test_a_recording_sent_in_parts_is_one_asset_byte_for_byte(kept, long_wav, emil):
    upload = begun(emil, long_wav)
    send(upload, long_wav, [3, 1])
    assert missing_parts(upload) == [2]
    send(upload, long_wav, [2])
    asset = finish_upload(upload=upload).asset
    assert (asset.uuid, asset.title, asset.kind, asset.mime) == (upload.uuid, "认识茶", "audio", "audio/wav")
    assert (asset.size, asset.guard, asset.uploaded_by) == (len(long_wav), "staff", emil)
    assert kept.read(key=asset.key) == long_wav
    assert kept.keys(prefix="") == [asset.key]
    assert asset.renditions.exists()


def test_it_cannot_be_finished_before_everything_is_there(kept, long_wav, emil):
    upload = begun(emil, long_wav)
    send(upload, long_wav, [1])
    with pytest.raises(Incomplete, match="2 段") as refusal:
        finish_upload(upload=upload)
    assert refusal.value.missing == [2, 3]
    send(upload, long_wav, [2, 3])
    assert finish_upload(upload=upload).state == "done"


def test_finishing_again_changes_nothing(kept, wav, emil):
    upload = begun(emil, wav)
    send(upload, wav)
    first = finish_upload(upload=upload).asset
    assert finish_upload(upload=upload).asset == first
    assert Asset.objects.count() == 1


def test_what_is_no_audio_whatever_its_name_is_refused_and_gone(kept, emil):
    data = b"\x7fELF" + bytes(5000)
    upload = begun(emil, data, filename="song.mp3")
    send(upload, data)
    with pytest.raises(Exception, match="收不了"):
        finish_upload(upload=upload)
    upload.refresh_from_db()
    assert (upload.state, upload.asset) == ("refused", None)
    assert kept.keys(prefix="") == []
    with pytest.raises(Over, match="收不了"):
        finish_upload(upload=upload)


def test_a_playlist_in_audios_clothing_is_only_bad_audio(kept, emil, listening_post):
    data = b"OggS#EXTM3U\n" + f"{listening_post.url}/a.ts\n".encode() * 200
    upload = begun(emil, data, filename="a.ogg")
    send(upload, data)
    with pytest.raises(NotAudio):
        finish_upload(upload=upload)
    assert listening_post.visits == []


@pytest.mark.parametrize(
    ("size", "mime", "sentence"),
    [(0, "", "空的"), (-1, "", "空的"), ((1 << 30) + 1, "audio/wav", "1 GB"), (31 << 20, "image/png", "30 MB")],
)
def test_too_much_or_nothing_is_refused_before_a_byte_is_sent(disk, emil, size, mime, sentence):
    with pytest.raises((TooBig, UploadRefused), match=sentence):
        begin_upload(by=emil, filename="a.wav", size=size, mime=mime)
    assert not Upload.objects.exists()


def test_a_full_disk_takes_no_more(disk, emil, monkeypatch):
    monkeypatch.setattr(services, "_free", lambda: (1 << 30) + 100)
    with pytest.raises(NoRoom, match="磁盘"):
        begin_upload(by=emil, filename="a.wav", size=200)


def test_nobody_keeps_hundreds_of_beginnings(disk, emil, monkeypatch):
    monkeypatch.setattr(services, "AT_ONCE", 1)
    begun(emil, b"1")
    with pytest.raises(NoRoom, match="没传完"):
        begun(emil, b"2")


@pytest.mark.parametrize("number", [0, -1, 4, 10_001])
def test_a_part_that_the_file_does_not_have_is_refused(disk, long_wav, emil, number):
    upload = begun(emil, long_wav)
    with pytest.raises(UploadRefused, match="只有 3 段"):
        part_links(upload=upload, numbers=[number])
    with pytest.raises(UploadRefused, match="只有 3 段"):
        take_part(upload=upload, number=number, data=io.BytesIO(b"x"), size=1)


def test_a_part_of_another_size_or_cut_off_does_not_count(disk, long_wav, emil):
    upload = begun(emil, long_wav)
    with pytest.raises(UploadRefused, match="字节"):
        take_part(upload=upload, number=1, data=io.BytesIO(b"short"), size=5)
    with pytest.raises(CutShort):
        take_part(upload=upload, number=1, data=io.BytesIO(b"short"), size=upload.part_size)
    assert missing_parts(upload) == [1, 2, 3]


def test_a_part_sent_again_replaces_the_first(kept, long_wav, emil):
    upload = begun(emil, long_wav)
    send(upload, bytes(len(long_wav)))
    send(upload, long_wav)
    assert kept.read(key=finish_upload(upload=upload).asset.key) == long_wav


def test_the_same_file_goes_on_where_it_was(kept, long_wav, emil, otto):
    upload = begun(emil, long_wav, fingerprint="f1")
    send(upload, long_wav, [2])
    again = begun(emil, long_wav, fingerprint="f1")
    assert (again, missing_parts(again)) == (upload, [1, 3])
    assert begun(emil, long_wav, fingerprint="f2") != upload
    assert begun(otto, long_wav, fingerprint="f1") != upload


def test_a_file_that_is_there_and_unused_need_not_be_sent_again(disk, wav, emil):
    upload = begun(emil, wav, fingerprint="f1")
    send(upload, wav)
    finish_upload(upload=upload)
    assert begun(emil, wav, fingerprint="f1") == upload
    Upload.objects.update(became="page:1")
    assert begun(emil, wav, fingerprint="f1") != upload


def test_a_file_whose_parts_the_store_has_dropped_begins_anew(kept, long_wav, emil):
    upload = begun(emil, long_wav, fingerprint="f1")
    kept.drop_parts(key=upload.key, sending=upload.sending)
    again = begun(emil, long_wav, fingerprint="f1")
    assert again != upload
    assert missing_parts(again) == [1, 2, 3]


def test_what_was_given_up_leaves_nothing_and_takes_nothing(kept, wav, emil):
    upload = begun(emil, wav)
    send(upload, wav)
    assert give_up(upload=upload).state == "given_up"
    give_up(upload=upload)
    upload.refresh_from_db()
    for act in (
        lambda: send(upload, wav),
        lambda: finish_upload(upload=upload),
        lambda: part_links(upload=upload, numbers=[1]),
    ):
        with pytest.raises(Over):
            act()
    with pytest.raises(Missing):
        kept.parts(key=upload.key, sending=upload.sending)


def test_what_is_an_asset_is_not_given_up_any_more(disk, wav, emil):
    upload = begun(emil, wav)
    send(upload, wav)
    finish_upload(upload=upload)
    assert give_up(upload=upload).state == "done"
    assert Asset.objects.exists()


def test_what_was_put_aside_is_there_again_when_it_is_dropped_again(disk, wav, emil):
    upload = begun(emil, wav, fingerprint="f1")
    send(upload, wav)
    finish_upload(upload=upload)
    assert give_up(upload=upload).became == Upload.ASIDE
    assert begun(emil, wav, fingerprint="f1") == upload
    upload.refresh_from_db()
    assert upload.became == ""
    assert Asset.objects.count() == 1


def test_what_nobody_went_on_with_for_a_week_is_gone(kept, wav, emil):
    old, young, done = (begun(emil, wav, filename=name) for name in ("old", "young", "done"))
    for upload in (old, young, done):
        send(upload, wav)
    finish_upload(upload=done)
    Upload.objects.exclude(pk=young.pk).update(updated_at=timezone.now() - timedelta(days=8))
    assert sweep_uploads() == 1
    assert set(Upload.objects.all()) == {young, done}
    assert missing_parts(young) == []
    with pytest.raises(Missing):
        kept.parts(key=old.key, sending=old.sending)


def test_a_large_one_is_looked_at_by_the_worker(disk, wav, emil, do_tasks, monkeypatch):
    monkeypatch.setattr(finishing, "AT_ONCE", 0)
    upload = begun(emil, wav)
    send(upload, wav)
    assert finish_upload(upload=upload).state == "checking"
    assert finish_upload(upload=upload).state == "checking"
    do_tasks()
    upload.refresh_from_db()
    assert (upload.state, upload.asset.size) == ("done", len(wav))


def test_whoever_dies_while_looking_is_followed_by_another(kept, wav, emil, monkeypatch):
    upload = begun(emil, wav)
    send(upload, wav)
    monkeypatch.setattr(finishing, "_done", lambda *_: None)  # the asset is there, and the process gone
    finish_upload(upload=upload)
    monkeypatch.undo()
    upload.refresh_from_db()
    assert upload.state == "checking"
    Upload.objects.update(updated_at=timezone.now() - timedelta(hours=1))
    sweep_uploads()
    upload.refresh_from_db()
    assert (upload.state, Asset.objects.get()) == ("done", upload.asset)


def test_a_store_that_goes_away_while_looking_loses_nothing(kept, wav, emil, monkeypatch):
    upload = begun(emil, wav)
    send(upload, wav)

    def gone(*_, **__):
        raise OSError

    monkeypatch.setattr(type(kept), "copy", gone)
    with pytest.raises(OSError):  # noqa: PT011
        finish_upload(upload=upload)
    monkeypatch.undo()
    assert finish_upload(upload=upload).state == "done"


@pytest.mark.django_db(transaction=True)
def test_two_who_finish_at_once_make_one_asset(disk, wav, emil):
    upload = begun(emil, wav)
    send(upload, wav)
    assert at_once(*[lambda: finish_upload(upload=upload)] * 4) == []
    assert Asset.objects.get().uuid == upload.uuid


@pytest.mark.parametrize("sending", ["../../etc", "a/b", "uploads-other.00", ""])
def test_no_sending_leaves_its_folder_or_is_anothers(disk, wav, emil, sending):
    upload = begun(emil, wav)
    with pytest.raises((Missing, BadKey)):
        disk.parts(key=upload.key, sending=sending)


@pytest.mark.once
@pytest.mark.parametrize(
    ("filename", "title"),
    [
        ("01_第一讲 认识茶.mp3", "认识茶"),
        ("第二讲：水温.m4a", "水温"),
        ("02 - 水温.wav", "水温"),
        ("3.泡茶.mp3", "泡茶"),
        ("第十二讲.mp3", "第十二讲"),
        ("001.mp3", "001"),
        ("2024年终总结.mp3", "2024年终总结"),
        ("7_habits.mp3", "habits"),
        ("(3) 白茶.wav", "白茶"),
        ("茶 v2.0.wav", "茶 v2.0"),
        ("录音_2024_05_01.m4a", "录音 2024 05 01"),
        (".mp3", ".mp3"),
    ],
)
def test_a_title_is_what_the_name_tells_without_its_numbering(filename, title):
    assert title_of(filename) == title


def test_names_stand_as_a_person_would_sort_them():
    names = ["10 收尾.mp3", "2 水.mp3", "第十一讲.mp3", "第九讲.mp3", "第二十讲.mp3", "1 茶.mp3"]
    assert sorted(names, key=place_of) == [
        "1 茶.mp3",
        "2 水.mp3",
        "10 收尾.mp3",
        "第九讲.mp3",
        "第十一讲.mp3",
        "第二十讲.mp3",
    ]


# What the browser's script says and hears


def asks(client, path="", told=None, method="post"):
    return getattr(client, method)(f"{AT}{path}", json.dumps(told or {}), content_type="application/json")


def begins(client, data, **more):
    facts = {"filename": "水.wav", "size": len(data), "fingerprint": "f", "mime": "audio/wav"}
    return asks(client, told=facts | more)


def puts(client, at, part):
    return client.put(at, part, content_type="application/octet-stream")


def test_an_editors_browser_sends_finishes_and_hears_what_became_of_it(disk, editor, long_wav):
    told = begins(editor, long_wav).json()
    assert (told["missing"], told["title"], told["state"]) == ([1, 2, 3], "水", "sending")
    links = asks(editor, f"{told['uuid']}/links/", {"numbers": [1, 2, 3]}).json()["links"]
    for number, link in links.items():
        start = (int(number) - 1) * told["part_size"]
        assert puts(editor, link, long_wav[start : start + told["part_size"]]).status_code == 200
    done = asks(editor, f"{told['uuid']}/finish/").json()
    assert (done["state"], done["asset"]["kind"], done["error"]) == ("done", "audio", "")
    assert editor.get(f"{AT}{told['uuid']}/").json()["asset"]["forms"][0]["state"] == "waiting"
    assert editor.get(AT).json()["uploads"] == []


@pytest.mark.parametrize(
    ("filename", "label", "is_other"),
    [
        ("讲义.mp3", "名字像音频，里面是文件", True),
        ("讲义.mp4", "名字像视频，里面是文件", True),
        ("讲义.txt", "文件", False),
        ("讲义", "文件", False),
    ],
)
def test_an_editor_is_told_of_a_paper_that_is_called_a_recording(disk, editor, filename, label, is_other):
    paper = "只是一段话。".encode()
    told = begins(editor, paper, filename=filename, mime="").json()
    puts(editor, f"{AT}{told['uuid']}/parts/1/", paper)
    asset = asks(editor, f"{told['uuid']}/finish/").json()["asset"]
    assert (asset["label"], asset["is_other"]) == (label, is_other)


def test_after_a_reload_the_browser_hears_what_is_unfinished(disk, editor, long_wav):
    told = begins(editor, long_wav).json()
    puts(editor, f"{AT}{told['uuid']}/parts/2/", bytes(PART))
    assert [row["uuid"] for row in editor.get(AT).json()["uploads"]] == [told["uuid"]]
    assert editor.get(f"{AT}{told['uuid']}/").json()["missing"] == [1, 3]
    assert begins(editor, long_wav).json()["uuid"] == told["uuid"]


def test_every_refusal_has_its_status_and_its_sentence(disk, editor, long_wav):
    told = begins(editor, long_wav).json()
    at = told["uuid"]
    answers = {
        "incomplete": (asks(editor, f"{at}/finish/"), 409, "3 段"),
        "size": (puts(editor, f"{AT}{at}/parts/1/", b"short"), 400, "字节"),
        "refused": (puts(editor, f"{AT}{at}/parts/9/", b"x"), 400, "只有 3 段"),
        "content": (begins(editor, long_wav, size=1 << 50), 422, "太大"),
    }
    for name, (answer, status, sentence) in answers.items():
        assert (answer.status_code, answer.json()["name"]) == (status, name)
        assert sentence in answer.json()["error"]
    assert editor.delete(f"{AT}{at}/").json()["state"] == "given_up"
    assert asks(editor, f"{at}/finish/").json()["name"] == "over"


@pytest.mark.parametrize(
    "told", [[], "x", {"filename": "a"}, {"filename": "a", "size": "9"}, {"filename": " ", "size": 9}]
)
def test_what_a_script_cannot_mean_is_refused(disk, editor, told):
    answer = editor.post(AT, json.dumps(told), content_type="application/json")
    assert (answer.status_code, answer.json()["name"]) == (400, "refused")


def test_anothers_upload_does_not_exist(disk, login, emil, otto, wav):
    upload = begun(emil, wav)
    client = login(otto)
    for answer in (
        client.get(f"{AT}{upload.uuid}/"),
        client.delete(f"{AT}{upload.uuid}/"),
        asks(client, f"{upload.uuid}/finish/"),
        asks(client, f"{upload.uuid}/links/", {"numbers": [1]}),
        puts(client, f"{AT}{upload.uuid}/parts/1/", wav),
    ):
        assert answer.status_code == 404
    assert client.get(AT).json()["uploads"] == []
    upload.refresh_from_db()
    assert (upload.state, missing_parts(upload)) == ("sending", [1])


def test_learners_and_other_staff_upload_nothing(disk, login, client, cat, olga, wav):
    assert begins(client, wav).status_code == 401
    welcome(olga)
    for person in (cat, olga):
        assert (begins(login(person), wav).status_code, Upload.objects.count()) == (403, 0)


def test_a_page_of_somebody_elses_cannot_upload_with_an_editors_cookies(disk, emil, wav):
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(emil, backend="django.contrib.auth.backends.ModelBackend")
    upload = begun(emil, wav)
    assert begins(browser, wav).status_code == 403
    assert puts(browser, f"{AT}{upload.uuid}/parts/1/", wav).status_code == 403


def test_who_begins_without_end_is_told_to_wait(disk, editor, wav, monkeypatch):
    from media.uploads import views
    from web.limits import Limit

    monkeypatch.setattr(views, "BEGINNING", Limit("upload-few", most=1, seconds=60))
    assert begins(editor, wav).status_code == 201
    answer = begins(editor, wav)
    assert (answer.status_code, answer.json()["name"]) == (429, "slower")
    assert int(answer["Retry-After"]) > 0


# Straight into a bucket

HOME = "https://school.example"


def from_a_browser(link, method, data=None, **headers):
    request = urllib.request.Request(link, data=data, method=method, headers={"Origin": HOME, **headers})
    return urllib.request.urlopen(request, timeout=20)


@pytest.mark.s3
def test_a_browser_puts_its_parts_into_the_bucket_itself(bucket, emil, long_wav):
    cors.let_in(bucket, HOME)
    upload = begun(emil, long_wav)
    for number, link in part_links(upload=upload, numbers=[1, 2, 3]).items():
        preflight = from_a_browser(link, "OPTIONS", **{"Access-Control-Request-Method": "PUT"})
        assert preflight.headers["Access-Control-Allow-Origin"] in {HOME, "*"}
        answer = from_a_browser(link, "PUT", piece(upload, long_wav, number))
        assert answer.headers["Access-Control-Allow-Origin"] in {HOME, "*"}
        assert "etag" in answer.headers["Access-Control-Expose-Headers"].lower()
    asset = finish_upload(upload=upload).asset
    assert bucket.read(key=asset.key) == long_wav


@pytest.mark.s3
def test_a_link_to_the_bucket_takes_its_own_part_of_its_own_size_only(bucket, emil, long_wav):
    upload = begun(emil, long_wav)
    link = part_links(upload=upload, numbers=[1])[1]
    for wrong, data in ((link, b"short"), (link.replace("partNumber=1", "partNumber=2"), b"short")):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            from_a_browser(wrong, "PUT", data)
    assert missing_parts(upload) == [1, 2, 3]


@pytest.mark.s3
def test_a_bucket_lets_in_whom_it_was_told_to(bucket):
    origin = f"https://{secrets.token_hex(4)}.example"
    assert not cors.lets_in(bucket, origin)
    cors.let_in(bucket, HOME)
    cors.let_in(bucket, origin)
    assert cors.lets_in(bucket, origin)
    assert cors.lets_in(bucket, HOME)


def test_the_links_name_the_address_that_browsers_know():
    from media.store.s3 import S3, Account

    two_faced = S3(Account("b", "http://inner:9000", "https://media.example.com", "us-east-1", "key", "secret"))
    link = two_faced.part_link(key="a", sending="s", number=1, size=5, seconds=60)
    assert link.startswith("https://media.example.com/b/a?")
    assert "secret" not in link
