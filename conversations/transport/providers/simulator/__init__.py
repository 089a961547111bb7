"""A phone on the screen: Meta's payloads in, a stand-in Graph API out; everything between is production code."""
