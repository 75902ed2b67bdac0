"""An agent's first minutes through the generated client: signs in, says that they are there, takes a chat that waits and answers it.

Asked as: office.py ORIGIN EMAIL PASSWORD, with the client on PYTHONPATH.
"""

import sys
import time
from uuid import uuid4

from dashoffice_client import AuthenticatedClient, Client
from dashoffice_client.api.auth import auth_login
from dashoffice_client.api.conversations import conversations_list, conversations_messages, conversations_pick
from dashoffice_client.api.me import me, presence_choose
from dashoffice_client.api.messages import messages_post
from dashoffice_client.models import (
    ChosenPresence,
    ConversationsListOwner,
    Credentials,
    Pick,
    Picked,
    Presence,
    Problem,
    Send,
    SentKind,
    Tokens,
)

LONGEST_WAIT_S = 60


def got(kind, answer):
    """The answer, which is of this kind."""
    if not isinstance(answer, kind):
        raise SystemExit(f"wanted {kind.__name__}, and got {answer}")
    return answer


def key():
    """New for each intention."""
    return str(uuid4())


def taken(client):
    """A chat that waited, once it is ours; somebody else may be quicker."""
    until = time.monotonic() + LONGEST_WAIT_S
    while time.monotonic() < until:
        for chat in conversations_list.sync(client=client, owner=ConversationsListOwner.QUEUE, limit=10).items:
            body = Pick(expected_epoch=chat.owner_epoch)
            picked = conversations_pick.sync(chat.id, client=client, body=body, idempotency_key=key())
            if isinstance(picked, Picked):
                return chat
        time.sleep(0.2)
    raise SystemExit("no chat came")


def main(origin, email, password):
    stranger = Client(base_url=origin, raise_on_unexpected_status=True)
    refused = auth_login.sync(client=stranger, body=Credentials(email=email, password="another one"))
    assert got(Problem, refused).code == "wrong_credentials", refused

    tokens = got(Tokens, auth_login.sync(client=stranger, body=Credentials(email=email, password=password)))
    client = AuthenticatedClient(base_url=origin, token=tokens.access_token, raise_on_unexpected_status=True)
    assert me.sync(client=client).user.email == email

    there = Presence(presence=ChosenPresence.ONLINE, for_s=120)
    agent = presence_choose.sync(client=client, body=there, idempotency_key=key())
    assert agent.chosen_presence == ChosenPresence.ONLINE, agent

    chat = taken(client)
    words = Send(conversation_id=chat.id, type_=SentKind.TEXT, text="Good morning! How can I help?")
    queued = messages_post.sync(client=client, body=words, idempotency_key=key())
    said = conversations_messages.sync(chat.id, client=client, limit=1).items[0]
    assert said.id == queued.message_id and said.said_at >= chat.opened_at, said


main(*sys.argv[1:])
