"""Where a tidy rule does not hold, with the reason. An exemption that exempts nothing fails the tests."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Exemption:
    """One rule that need not hold in one file, or below one folder (a path that ends in a slash)."""

    rule: str
    path: str
    reason: str

    def covers(self, rule: str, path: str) -> bool:
        """Tell whether a finding of the rule in the file is exempt."""
        return rule == self.rule and (path.startswith(self.path) if self.path.endswith("/") else path == self.path)


EXEMPTIONS = [
    Exemption(
        "tests_never_sleep",
        "tests/postgres_server.py",
        "nothing tells of the death of a process that is not our child; the wait looks again, with a bound",
    ),
    Exemption(
        "every_module_has_its_test_file",
        "src/stratum/testing/",
        "it is what tests are made of: the suites run in tests/testing and tests/conformance, the rest in all of them",
    ),
    Exemption("every_module_has_its_test_file", "src/stratum/cli/demo_run.py", "tests/cli/test_demo.py runs it whole"),
    Exemption(
        "every_module_has_its_test_file", "src/stratum/cli/demo_story.py", "tests/cli/test_demo.py runs it whole"
    ),
    Exemption(
        "every_module_has_its_test_file", "src/stratum/cli/measuring.py", "tests/cli/test_bench.py runs it whole"
    ),
]
