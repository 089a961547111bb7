"""What the shop calls people in the address book of its phone app: a suggestion for customers without a name."""

from conversations.transport.numbers.accounts import News, on_field
from loyalty import people
from shopme.lib.phone import NotAPhoneNumber, normalise_phone


@on_field("smb_app_state_sync", is_of_shops=True)
def hear_address_book(news: News) -> None:
    """Names for customers who are known and have none. Nobody becomes a customer by standing in an address book."""
    for entry in news.value.get("state_sync") or ():
        contact = entry.get("contact") if isinstance(entry, dict) else None
        if not isinstance(contact, dict) or entry.get("action") == "remove":
            continue
        try:
            phone = normalise_phone("+" + str(contact.get("phone_number", "")).removeprefix("+"))
        except NotAPhoneNumber:
            continue
        name = str(contact.get("full_name") or contact.get("first_name") or "")
        people.suggest_name(phone=phone, scope=news.numbers[0].portfolio, name=name)
