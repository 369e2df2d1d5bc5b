"""An app as somebody would write it; the tests of the command line copy it into a folder of their own as acme.py."""

import threading
from datetime import timedelta

from pydantic import BaseModel

from stratum import App, Retry, Run
from stratum.agents import Child

app = App("acme")
ONCE = Retry(attempts=1)
QUICKLY = Retry(attempts=3, first=timedelta(milliseconds=1))


class Note(BaseModel):
    title: str
    words: int = 3


async def hello(name: str) -> str:
    return f"Hello, {name}"


def fail(message: str) -> None:
    raise ConnectionError(message)


def block(seconds: float) -> None:
    threading.Event().wait(seconds)


@app.agent()
async def greet(run: Run, name: str = "you", notes: list[Note] | None = None) -> str:
    return await run.step("hello", hello, name)


@app.agent()
async def ask(run: Run, within_s: float = 3600) -> str:
    answer: str = await run.wait("answer", str, within=timedelta(seconds=within_s))
    return answer


@app.agent()
async def listen(run: Run) -> object:
    answer: object = await run.wait("answer")
    return answer


@app.agent()
async def broken(run: Run, message: str = "no route") -> None:
    await run.step("call", fail, message, retry=QUICKLY)


@app.agent()
async def many(run: Run, count: int = 3) -> int:
    async def one(run: Run, name: str) -> str:
        first = await run.step("hello", hello, name)
        return await run.step("hello", hello, first)

    await run.map(one, [f"n{number}" for number in range(count)], key=lambda name: f"a/{name}")
    with run.scope("after"):
        run.now()
        await run.step("hello", hello, "all")
    return count


@app.agent()
async def parent(run: Run) -> str:
    child: Child[str] = await run.start(greet, name="child")
    return await child.result()


@app.agent()
async def busy(run: Run, seconds: float = 30) -> None:
    await run.step("block", block, seconds, retry=ONCE)
