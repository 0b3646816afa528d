"""What nobody's homework holds any more is deleted, by whatever door its owner left."""

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from courses.homework.files import forget_unused
from courses.models import Attachment


@receiver(post_delete, sender=Attachment)
def forget_its_bytes(instance: Attachment, **kwargs: Any) -> None:
    forget_unused(instance.asset_id)
