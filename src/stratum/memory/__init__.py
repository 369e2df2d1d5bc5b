"""What agents remember. Its first slice answers "have I done this already?".

(unknown) --claim--> claimed --the step or run commits--> done
                        |
                        +--the run fails or is cancelled--> (unknown)
"""

from stratum.memory.capability import MEMORY
from stratum.memory.errors import WorkTaken
from stratum.memory.rows import Works, claim, finish, known_to_others, settle

__all__ = ["MEMORY", "WorkTaken", "Works", "claim", "finish", "known_to_others", "settle"]
