"""The room that calls: what people and their programs are sent."""

from uptally.notify.post import Letter, NotSent, send

__all__ = ["Letter", "NotSent", "send"]
