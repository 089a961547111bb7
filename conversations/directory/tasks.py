"""Celery's doors into the directory: looks at pictures. The rows decide; a lost hint is made up for by `look_again`."""

from celery import Task, shared_task


@shared_task(name="conversations.directory.tasks.look_at_photo", bind=True, max_retries=3)
def look_at_photo(self: "Task[..., None]", *, photo_id: int) -> None:
    """Look at one picture; again in a moment when it cannot be fetched yet."""
    from conversations.directory import photos

    is_last_try = self.request.retries >= 3
    if not photos.look(photo_id, is_last_try=is_last_try):
        raise self.retry(countdown=1 + 2 * self.request.retries)


@shared_task(name="conversations.directory.tasks.look_again")
def look_again() -> int:
    """Take up looks nobody made."""
    from django.utils import timezone

    from conversations.directory import photos

    return photos.look_again(timezone.now())
