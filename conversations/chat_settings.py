"""How this shop's chat behaves: read and set."""

from conversations.models import ChatSettings
from shopme.lib.text import clean_text


def chat_settings() -> ChatSettings:
    """The shop's settings; the defaults if nobody has set any."""
    return ChatSettings.objects.filter(pk=1).first() or ChatSettings()


def save_chat_settings(
    *, bot_enabled: bool, welcome_text: str, takeover_minutes: int, shows_read: bool = True
) -> ChatSettings:
    """Set who answers first, the shop's own greeting (empty: ours), and how long a person keeps the bot silent,
    and whether customers see that their messages were read.
    """
    settings, _ = ChatSettings.objects.update_or_create(
        pk=1,
        defaults={
            "bot_enabled": bot_enabled,
            "welcome_text": clean_text(welcome_text, limit=600).strip(),
            "takeover_minutes": takeover_minutes,
            "shows_read": shows_read,
        },
    )
    return settings
