"""What the shop calls people in the address book of its phone app: a suggestion for customers without a name."""

from conversations.transport.numbers.accounts import News, on_field
from conversations.transport.providers.registry import account_reader
from loyalty import people
from shopme.lib.phone import NotAPhoneNumber, normalise_phone


@on_field("smb_app_state_sync", is_of_shops=True)
def hear_address_book(news: News) -> None:
    """Names for customers who are known and have none. Nobody becomes a customer by standing in an address book."""
    for contact in account_reader().contacts(news.value):
        try:
            phone = normalise_phone(f"+{contact.digits}")
        except NotAPhoneNumber:
            continue
        people.suggest_name(phone=phone, scope=news.numbers[0].portfolio, name=contact.name)
