"""What membership tells the apps above it."""

from django.dispatch import Signal

grant_ended = Signal()
"""A right was withdrawn: `sender=Grant, person=User, grant=Grant`. Sent once the withdrawal is committed."""

device_released = Signal()
"""A browser of someone may be used no more: `sender=Device, person=User`. Sent once that is committed."""
