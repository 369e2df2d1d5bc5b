"""A run that waits for a person, over a restart of its worker.

Prints:

    asked
    worker stopped
    answered: yes
"""

import asyncio
from datetime import timedelta

from stratum import App, Run

app = App("approval")


async def ask(question: str) -> str:
    """Put a question where somebody sees it."""
    print("asked")
    return question


@app.agent()
async def approval(run: Run, question: str) -> str:
    """Ask, and wait up to two weeks for the answer."""
    await run.step("ask", ask, question)
    answer = await run.wait("answer", str, within=timedelta(days=14))
    return f"answered: {answer}"


async def main() -> None:
    """Stop the worker while the run waits, answer, and let another worker finish."""
    async with app.open("sqlite:///approval.db") as stratum:
        async with stratum.worker():
            handle = await stratum.start(approval, question="Send it?")
            while (await handle.status()).head < 3:  # noqa: PLR2004 - started, asked, and the wait has begun
                await handle.status()
        print("worker stopped")
        await handle.signal("answer", "yes")
        async with stratum.worker():
            print(await handle.result())


asyncio.run(main())
