"""A mail server that writes down what it is given, until its standard input closes.

Called with a folder, the user it insists on and that user's password. Says its port first.
"""

import asyncio
import email
import email.policy
import itertools
import logging
import os
import sys
import threading
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

# It warns of passwords without TLS, and of names of its own that it will drop: neither concerns whoever reads tests.
logging.disable(logging.WARNING)
warnings.simplefilter("ignore")

folder, user, password = sys.argv[1:]
numbers = itertools.count(1)


class Writer:
    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        text = message.get_body(("plain",)).get_content()
        for recipient in envelope.rcpt_tos:
            name = os.path.join(folder, f"{next(numbers):06}")
            with open(name, "w", encoding="utf-8", newline="") as file:
                file.write("\n".join([recipient, message["from"], message["subject"], text]))
            # Readers look for the new name only.
            os.rename(name, name + ".txt")
        return "250 Taken"


def is_known(server, session, envelope, mechanism, given):
    return AuthResult(success=(given.login, given.password) == (user.encode(), password.encode()))


def connection():
    return SMTP(Writer(), hostname="mailbox.test", authenticator=is_known, auth_required=True, auth_require_tls=False)


async def receive():
    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def end_with_the_owner():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_the_owner, daemon=True).start()
asyncio.run(receive())
