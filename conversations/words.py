"""The kinds of words a customer reads. Each kind has the room WhatsApp gives it, and a test holds every language to it.

A flow marks its words with these at the top of its file; they are translated when they are said. `{names}` are filled
in by `str.format`.
"""

from typing import Final

from django.utils.translation import gettext_lazy, ngettext_lazy

from conversations.transport.rules import limits

body = gettext_lazy
button = gettext_lazy
row = gettext_lazy
row_hint = gettext_lazy
section = gettext_lazy
footer = gettext_lazy
fragment = gettext_lazy
plural = ngettext_lazy
plural_body = ngettext_lazy

# How long the words of each kind may get, once filled in.
ROOM: Final = {
    "body": limits.INTERACTIVE_BODY,
    "button": limits.BUTTON_TITLE,
    "row": limits.ROW_TITLE,
    "row_hint": limits.ROW_DESCRIPTION,
    "section": limits.SECTION_TITLE,
    "footer": limits.FOOTER,
    "fragment": limits.INTERACTIVE_BODY,
    "plural": limits.ROW_DESCRIPTION,
    "plural_body": limits.INTERACTIVE_BODY,
}
