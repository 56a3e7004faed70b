"""The table of what came of all cases: ``python -m tests.python.survival``, from the root.

With ``--all`` each case is listed too, with the place that forced a thunk or was refused.
"""

import re
import sys
from collections import Counter, defaultdict

from tests.python.survival.comparing import (
    DIFFERENT,
    REFUSED,
    STRICT,
    UNFORCED,
    Case,
    Outcome,
    outcome_of,
)
from tests.python.survival.packages import PACKAGES

CATEGORIES = (UNFORCED, STRICT, REFUSED, DIFFERENT)


def worst(outcomes: list[Outcome]) -> Outcome:
    """What a function counts as, by the worst of its cases."""
    return max(outcomes, key=lambda outcome: CATEGORIES.index(outcome.category))


def by_function(cases: list[Case]) -> dict[str, list[tuple[Case, Outcome]]]:
    """Run the cases of a package."""
    found = defaultdict(list)
    for one in cases:
        found[one.name].append((one, outcome_of(one)))
    return found


def print_cases(found: dict[str, list[tuple[Case, Outcome]]]) -> None:
    """Each case on a line."""
    for outcomes in found.values():
        for one, outcome in outcomes:
            print(f"  {outcome.category:<13}{one}\n{'':15}{outcome.reason} {outcome.where}")


def in_general(reason: str) -> str:
    """A reason without the names of one function's variables."""
    return re.sub(r"(operation on|call of|reads) `[^`]*`(.*\(line \d+\))?", r"\1 ...", reason)


def main(in_full: bool) -> None:
    """Print the table, and why functions were refused."""
    print(f"{'package':<14}{'functions':>10}" + "".join(f"{name:>14}" for name in CATEGORIES))
    reasons: Counter[str] = Counter()
    for package, cases in PACKAGES.items():
        found = by_function(cases)
        outcomes = [worst([outcome for _, outcome in each]) for each in found.values()]
        counts = Counter(outcome.category for outcome in outcomes)
        reasons.update(in_general(one.reason) for one in outcomes if one.category == REFUSED)
        print(f"{package:<14}{len(found):>10}" + "".join(f"{counts[c]:>14}" for c in CATEGORIES))
        if in_full:
            print_cases(found)
    print("\nRefused because")
    for reason, count in reasons.most_common():
        print(f"{count:>5}  {reason}")


if __name__ == "__main__":
    main("--all" in sys.argv[1:])
