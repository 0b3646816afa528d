from django.db import models

from live.models.broadcast import Broadcast


class HlsSegment(models.Model):
    """A few seconds of the lesson for players that cannot hold a socket. The bytes lie in the store under `key`."""

    broadcast = models.ForeignKey(Broadcast, on_delete=models.CASCADE, related_name="hls")
    n = models.PositiveIntegerField()
    epoch = models.PositiveIntegerField()
    key = models.CharField(max_length=300)
    samples = models.PositiveIntegerField()
    starts_t = models.PositiveBigIntegerField()
    ends_t = models.PositiveBigIntegerField()
    is_fresh = models.BooleanField(default=False)  # by an encoder that knows nothing of the segment before
    is_gone = models.BooleanField(default=False)  # its sound was taken back

    class Meta:
        ordering = ["broadcast", "n"]
        constraints = [models.UniqueConstraint(fields=["broadcast", "n"], name="one_hls_segment_per_number")]

    def __str__(self) -> str:
        return f"{self.broadcast} · {self.n}"
