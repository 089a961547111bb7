"""What a shop can say, in our own words; a provider renders it, the inbox and the simulator show it.

A reply fits WhatsApp the moment it exists: titles and texts are shortened on grapheme borders, and what cannot be
shortened (too many choices, an id too long or used twice, an empty title) refuses with `BreaksAWhatsAppLimit`. Only
bodies and captions may be longer than one message: `in_pieces` makes several of them when they are written.
"""

from conversations.transport.replies.choosing import Buttons, Choice, Menu, Section
from conversations.transport.replies.codec import Reply, reply_from_json, reply_kind, reply_text, reply_to_json
from conversations.transport.replies.forms import AskAddress, Form
from conversations.transport.replies.goods import CatalogLink, Product, ProductList, ProductSection
from conversations.transport.replies.media import MEDIA_KINDS, Media, picture
from conversations.transport.replies.pieces import in_pieces
from conversations.transport.replies.sharing import ContactCard, Contacts, Location, Reaction
from conversations.transport.replies.template import ButtonValue, TemplateMessage, Value
from conversations.transport.replies.words import AskContact, AskLocation, Link, Text

__all__ = [
    "MEDIA_KINDS",
    "AskAddress",
    "AskContact",
    "AskLocation",
    "ButtonValue",
    "Buttons",
    "CatalogLink",
    "Choice",
    "ContactCard",
    "Contacts",
    "Form",
    "Link",
    "Location",
    "Media",
    "Menu",
    "Product",
    "ProductList",
    "ProductSection",
    "Reaction",
    "Reply",
    "Section",
    "TemplateMessage",
    "Text",
    "Value",
    "in_pieces",
    "picture",
    "reply_from_json",
    "reply_kind",
    "reply_text",
    "reply_to_json",
]
