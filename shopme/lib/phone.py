"""Phone numbers: E.164 by libphonenumber, with the Brazilian, Mexican and Argentine variants of WhatsApp.

Source of the variants: WhatsApp reference, section 2.8.
"""

import phonenumbers

from shopme.lib.errors import BusinessError


class NotAPhoneNumber(BusinessError):
    """The text is not a phone number one can call from abroad."""


def normalise_phone(raw: str, *, region: str | None = None) -> str:
    """`0821234567`, region ZA → `+27821234567`. WhatsApp ids (digits without `+`) need no region.

    Refuses: `NotAPhoneNumber`.
    """
    text = raw.strip()
    if region is None and not text.startswith("+"):
        text = f"+{text}"
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as problem:
        raise NotAPhoneNumber("Write the number with its country code, as in +27 82 123 4567.") from problem
    if not phonenumbers.is_possible_number(number):
        raise NotAPhoneNumber("Write the number with its country code, as in +27 82 123 4567.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def show_phone(e164: str) -> str:
    """`+27821234567` → `+27 82 123 4567`; odd values are shown as they are."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def phone_variants(e164: str) -> list[str]:
    """The other forms under which WhatsApp may know the same number; never used to rewrite a stored one."""
    digits = e164.removeprefix("+")
    if digits.startswith("55") and len(digits) in (12, 13):
        area, local = digits[2:4], digits[4:]
        return [f"+55{area}{local[1:]}"] if len(local) == 9 else [f"+55{area}9{local}"]
    for country, mobile in (("52", "521"), ("54", "549")):
        if digits.startswith(mobile):
            return [f"+{country}{digits.removeprefix(mobile)}"]
        if digits.startswith(country):
            return [f"+{mobile}{digits.removeprefix(country)}"]
    return []
