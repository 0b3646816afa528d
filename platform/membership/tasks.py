from django_tasks import task


@task()
def fill_batch(batch_id: int) -> int:
    """The codes that a batch still lacks; how many it has then."""
    from membership.models import CodeBatch
    from membership.services import batches

    return batches.fill_batch(batch=CodeBatch.objects.get(pk=batch_id))


@task()
def remind() -> dict[str, int]:
    """Once an hour: whose membership ends, or who has a part to pay, hears of it in time."""
    from membership.services import part_reminders, reminders

    return reminders.remind() | part_reminders.remind()
