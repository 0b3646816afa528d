"""Giving certificates, writing another name on one, revoking one."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from courses.certificates.earning import ear_ms, is_earned, that_count
from courses.certificates.errors import NotEarned, RenamedOften, Revoked, SameName
from courses.models import Certificate, Course
from notify.models import Kind
from notify.services import tell

MOST_RENAMINGS = 3


@transaction.atomic
def issue_certificate(*, person: User, course: Course) -> Certificate:
    """The one certificate of this person for this course, given now if it was not before; then they are told.

    Raises `NotEarned`. What was given stays as it is, whatever is added to the course later.
    """
    given = Certificate.objects.of(person).filter(course=course).first()
    if given:
        return given
    if not is_earned(person, course):
        raise NotEarned
    certificate, is_new = Certificate.objects.get_or_create(
        person=person, course=course, defaults=_facts(person, course)
    )
    if is_new:
        _tell(certificate)
    return certificate


@transaction.atomic
def rename_certificate(*, certificate: Certificate) -> Certificate:
    """Write on it what the person is called now; what it said before stays on the row. Raises `CourseRefused`."""
    certificate = Certificate.objects.select_for_update(of=("self",)).select_related("person").get(pk=certificate.pk)
    if certificate.is_revoked:
        raise Revoked
    if certificate.name == certificate.person.name:
        raise SameName
    if len(certificate.former_names) >= MOST_RENAMINGS:
        raise RenamedOften
    certificate.former_names += [{"name": certificate.name, "until": timezone.now().isoformat(timespec="seconds")}]
    certificate.name = certificate.person.name
    certificate.save(update_fields=["name", "former_names"])
    return certificate


@transaction.atomic
def revoke_certificate(*, certificate: Certificate, reason: str, by: User) -> Certificate:
    """From now on its page says that it does not stand. Safe to repeat: the first reason stays."""
    certificate = Certificate.objects.select_for_update(of=("self",)).get(pk=certificate.pk)
    if certificate.is_revoked:
        return certificate
    certificate.revoked_at, certificate.revoked_reason, certificate.revoked_by = timezone.now(), reason, by
    certificate.save(update_fields=["revoked_at", "revoked_reason", "revoked_by"])
    return certificate


def _facts(person: User, course: Course) -> dict[str, object]:
    return {
        "name": person.name,
        "course_title": course.title,
        "teacher_name": course.instructor.display_name,
        "lessons": that_count(course).count(),
        "ear_ms": ear_ms(person, course),
    }


def _tell(certificate: Certificate) -> None:
    tell(
        person=certificate.person,
        key=f"certificate:{certificate.pk}",
        template="courses/certificates/mail/issued.txt",
        url=certificate.url,
        kind=Kind.LEARNING,
        certificate=certificate,
    )
