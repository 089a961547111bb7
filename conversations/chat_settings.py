"""How this shop's chat behaves: read and set."""

from conversations.models import ChatSettings
from shopme.lib.text import clean_text

AT_META = ("catalog_id", "form_id", "form_screen", "form_name", "form_label")


def chat_settings() -> ChatSettings:
    """The shop's settings; the defaults if nobody has set any."""
    return ChatSettings.objects.filter(pk=1).first() or ChatSettings()


def save_chat_settings(
    *, bot_enabled: bool, welcome_text: str, takeover_minutes: int, shows_read: bool = True, **at_meta: str
) -> ChatSettings:
    """Set who answers first, the shop's own greeting (empty: ours), and how long a person keeps the bot silent,
    and whether customers see that their messages were read; `at_meta` are its catalogue and its form there.
    """
    settings, _ = ChatSettings.objects.update_or_create(
        pk=1,
        defaults={
            "bot_enabled": bot_enabled,
            "welcome_text": clean_text(welcome_text, limit=600).strip(),
            "takeover_minutes": takeover_minutes,
            "shows_read": shows_read,
            **{name: clean_text(at_meta[name]).strip() for name in AT_META if name in at_meta},
        },
    )
    return settings
