"""One file per ability of the chat: its words on top, its states below. Flows never import one another."""
