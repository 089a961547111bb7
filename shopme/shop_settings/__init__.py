"""The settings of a shop: what it says about itself, how it delivers and chats, its numbers, its team."""
