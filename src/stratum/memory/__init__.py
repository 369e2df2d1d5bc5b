"""What agents remember. Its first slice answers "have I done this already?".

(unknown) --claim--> claimed --the step or run commits--> done
                        |
                        +--the run fails or is cancelled--> (unknown)
"""

from stratum.memory.capability import MEMORY
from stratum.memory.errors import WorkTaken
from stratum.memory.rows import Known, Works, claim, finish, known_to_others, look_up, settle

__all__ = ["MEMORY", "Known", "WorkTaken", "Works", "claim", "finish", "known_to_others", "look_up", "settle"]
