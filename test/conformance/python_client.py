"""The official Python client completes a patch task: python python_client.py URL (a2a-sdk 1.x or 0.3.x)."""
import asyncio
import json
import sys
from importlib.metadata import version
from uuid import uuid4

import httpx

TASK = json.dumps({"skill": "patch", "scenario": "sql-module-fstring"})


async def with_1(url):
    from a2a.client import ClientConfig, create_client
    from a2a.types import Message, Part, Role, SendMessageRequest
    from google.protobuf.json_format import MessageToDict

    client = await create_client(url, client_config=ClientConfig(streaming=True))
    message = Message(message_id=str(uuid4()), role=Role.ROLE_USER, parts=[Part(text=TASK)])
    return [MessageToDict(event) async for event in client.send_message(SendMessageRequest(message=message))]


async def with_03(url):
    from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
    from a2a.types import Message, Part, Role, TextPart

    async with httpx.AsyncClient(timeout=120) as http:
        card = await A2ACardResolver(httpx_client=http, base_url=url).get_agent_card()
        client = ClientFactory(ClientConfig(httpx_client=http, streaming=True)).create(card)
        part = Part(root=TextPart(kind="text", text=TASK))
        message = Message(kind="message", message_id=str(uuid4()), role=Role.user, parts=[part])
        seen = []
        async for event in client.send_message(message):
            for one in event if isinstance(event, tuple) else (event,):
                if one is not None:
                    seen.append(one.model_dump(mode="json", by_alias=True, exclude_none=True))
        return seen


def main():
    installed = version("a2a-sdk")
    run = with_03 if installed.startswith("0.") else with_1
    events = asyncio.run(run(sys.argv[1]))
    said = json.dumps(events)
    completed = "TASK_STATE_COMPLETED" in said or '"state": "completed"' in said
    verified = '"verified": true' in said
    print(json.dumps({"a2a-sdk": installed, "events": len(events), "completed": completed, "verified": verified}))
    return 0 if completed and verified else 1


if __name__ == "__main__":
    sys.exit(main())
