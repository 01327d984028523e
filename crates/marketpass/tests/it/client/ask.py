"""What a seller's program does first: ask what its key is, with the package ya-market-api.

Called with the address of the server, a key that works and one that does not. Prints one JSON object.
"""

import asyncio
import json
import sys

from ya_market_api.async_api import AsyncAPI
from ya_market_api.exception import AuthorizationError
from ya_market_api.sync_api import SyncAPI

base_url, good, wrong = sys.argv[1:]


def told(info):
    key = info.result.api_key
    return {"status": info.status.name, "name": key.name, "accesses": sorted(scope.name for scope in key.auth_scopes)}


def refusal(error):
    return {"class": type(error).__name__, "is_authorization_error": isinstance(error, AuthorizationError)}


def synchronously(key):
    try:
        return told(SyncAPI.build(key, base_url=base_url).guide.get_token_info())
    except Exception as error:
        return refusal(error)


async def asynchronously(key):
    api = await AsyncAPI.build(key, base_url=base_url)
    try:
        return told(await api.guide.get_token_info())
    except Exception as error:
        return refusal(error)
    finally:
        await api.close()


print(json.dumps({
    "sync": [synchronously(good), synchronously(wrong)],
    "async": [asyncio.run(asynchronously(good)), asyncio.run(asynchronously(wrong))],
}))
