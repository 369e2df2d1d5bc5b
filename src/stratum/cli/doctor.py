"""``stratum doctor``: check a store, and say what is wrong and what to do."""

from stratum.cli.checkup import Finding, examine
from stratum.cli.exits import DONE, FAILED
from stratum.cli.options import HERE, Json, Place
from stratum.cli.output import Output
from stratum.cli.words import counted
from stratum.kernel.clock import SystemClock
from stratum.kernel.health import Level

_STYLES = {Level.OK: "green", Level.WARNING: "yellow", Level.ERROR: "bold red"}


async def doctor(*, place: Place = HERE, json: Json = False) -> int:
    """Check a store."""
    output = Output(json=json)
    findings: list[Finding] = []
    async for finding in examine(place, SystemClock(), output.progress):
        findings.append(finding)
        if not json:
            output.finding(finding.level, _STYLES[finding.level], finding.check, finding.message)
            if finding.advice:
                output.finding("", "", "", finding.advice)
    errors = sum(finding.level is Level.ERROR for finding in findings)
    warnings = sum(finding.level is Level.WARNING for finding in findings)
    if json:
        output.json({"healthy": not errors, "findings": [finding._asdict() for finding in findings]})
    else:
        found = " and ".join(
            counted(count, noun) for count, noun in ((errors, "error"), (warnings, "warning")) if count
        )
        output.say(f"{place.shown_url}: {found or 'all is well'}.")
    return FAILED if errors else DONE
