"""Homework for tests: who asks for it, what is handed in, and files of every sort."""

import io
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Drawing

from courses.homework.reviewing import accept, send_back
from courses.homework.writing import add_file, hand_in
from courses.models import Homework

VOICE = Path(__file__).resolve().parents[2] / "cms/demo/tea-1-water.ogg"


def asks(lesson, **facts):
    """The lesson asks for homework of every kind."""
    facts = {"prompt": "泡一盏茶，说说水温。", "voice": True, **facts}
    return Homework.objects.update_or_create(lesson=lesson, defaults=facts)[0]


def picture(colour="teal", form="JPEG", size=(64, 48), name="IMG_0001.jpg", **how):
    data = io.BytesIO()
    Drawing.new("RGB", size, colour).save(data, form, **how)
    return SimpleUploadedFile(name, data.getvalue(), "image/jpeg")


def voice(name="voice.ogg", data=None):
    return SimpleUploadedFile(name, data or VOICE.read_bytes(), "audio/ogg")


def add(person, lesson, uploaded, role="picture", number=1):
    return add_file(person=person, lesson=lesson, number=number, role=role, uploaded=uploaded)


def handed(person, lesson, text="水要八十度。", number=1, **more):
    return hand_in(person=person, lesson=lesson, number=number, text=text, **more)


def accepted(submission, by, **more):
    return accept(submission=submission, by=by, **more)


def returned(submission, by, comment="水温再说清楚些。"):
    return send_back(submission=submission, by=by, comment=comment)
