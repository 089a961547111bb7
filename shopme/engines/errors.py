"""Why an engine did not start, in a sentence for the person at the terminal."""


class EngineProblem(Exception):
    """An engine cannot be started, joined or stopped; the message says what to do."""
