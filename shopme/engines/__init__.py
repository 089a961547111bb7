"""The engines of a bare machine: a real Postgres and a real Redis, started inside the checkout.

Both come from wheels, live in one folder (a `Home`, usually `.engines/`), listen on 127.0.0.1 only, on free ports of their
own choice, behind passwords of their own. A server somebody else runs is never touched. With DATABASE_URL or REDIS_URL set,
that engine is not started and the given server is used.

`python -m shopme.engines run -- <command>` starts them, runs the command with their addresses in its environment and stops
them afterwards; commands that run at the same time share them, and the last one to leave puts them out.
"""
