"""The reference for ingest: what one would write with FastAPI and a psycopg pool. Same check, same row, one commit each."""

import hashlib
import hmac
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from psycopg_pool import AsyncConnectionPool

SECRET = os.environ["WHATSAPP_APP_SECRET"].encode()
pool = AsyncConnectionPool(os.environ["DATABASE_URL"], min_size=20, max_size=20, open=False)
INSERT = """
    INSERT INTO bench_raw (endpoint_id, body_sha256, body, headers) VALUES (1, %b, %b, '{}')
    ON CONFLICT (endpoint_id, body_sha256) DO NOTHING
"""


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    await pool.open(wait=True)
    yield
    await pool.close()


app = FastAPI(lifespan=lifespan)


@app.post("/webhooks/whatsapp/")
async def receive(request: Request) -> Response:
    body = await request.body()
    expected = "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers.get("x-hub-signature-256", "")):
        return Response(status_code=401)
    async with pool.connection() as connection:
        await connection.execute(INSERT, [hashlib.sha256(body).digest(), body])
    return Response(status_code=200)
