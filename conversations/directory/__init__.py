"""The shared number: who writes, which shop it is for, and what the platform itself says there.

`reception` takes what waits in a person's lane, `deciding` says whose each message is, `desk` finds shops, `saying` and
`store` carry the platform's own words, `photos` reads codes in pictures.
"""
