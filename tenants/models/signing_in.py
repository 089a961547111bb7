"""What is counted so that nobody guesses passwords or floods mailboxes."""

from django.db import models


class LoginFailure(models.Model):
    """One try to sign in that has not succeeded. Written before the password is checked."""

    email_hash = models.BinaryField(max_length=32)
    ip = models.GenericIPAddressField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["email_hash", "at"], name="login_failure_email"),
            models.Index(fields=["ip", "at"], name="login_failure_ip"),
            models.Index(fields=["at"], name="login_failure_at"),
        ]

    def __str__(self) -> str:
        return f"{self.ip} at {self.at:%Y-%m-%d %H:%M}"


class ResetRequest(models.Model):
    """Somebody asked for a link to a new password; counted whether or not the person exists."""

    email_hash = models.BinaryField(max_length=32)
    ip = models.GenericIPAddressField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["email_hash", "at"], name="reset_request_email"),
            models.Index(fields=["ip", "at"], name="reset_request_ip"),
            models.Index(fields=["at"], name="reset_request_at"),
        ]

    def __str__(self) -> str:
        return f"{self.ip} at {self.at:%Y-%m-%d %H:%M}"
