"""The words of the made-up sample: three fields of research that do not exist, and 24 works in them."""

from typing import NamedTuple


class SampleWork(NamedTuple):
    """One made-up work. ``gap``, ``idea`` and ``finding`` are sentences; ``{gain}`` and ``{count}`` are filled in."""

    title: str
    gap: str
    idea: str
    finding: str


class SampleTopic(NamedTuple):
    """One made-up field of research with what its abstracts begin and end with."""

    category: str
    contexts: tuple[str, ...]
    settings: tuple[str, ...]
    outlooks: tuple[str, ...]
    works: tuple[SampleWork, ...]


LICHEN_BATTERIES = SampleTopic(
    category="made-up.BAT",
    contexts=(
        "Tidal lichen batteries store energy in the salt gradient of living lichen; the tide charges them twice a day.",
        "Coastal towns have begun to back up their lighthouses with tidal lichen batteries.",
        "A tidal lichen battery is cheap and quiet, and it grows back when it is damaged.",
    ),
    settings=(
        "We ran {count} cells on a tidal flat for one invented winter.",
        "The method was tried on {count} cells in three harbours that are not on any map.",
        "All measurements come from {count} imaginary cells that were kept under artificial tides.",
    ),
    outlooks=(
        "This brings lighthouse-scale storage without mined metals within reach.",
        "The cells and the raw readings are as fictional as the lichen.",
        "We close with rules of thumb for keepers of small harbours.",
    ),
    works=(
        SampleWork(
            "Salt-Gradient Charging of Tidal Lichen Batteries at Neap Tide",
            "At neap tide the salt gradient is weak, and charging stalls for days.",
            "We propose pulsed salt-gradient charging, which waits for the short moment at which the water turns.",
            "Pulsed charging stores {gain}% more energy at neap tide and leaves spring tides unchanged.",
        ),
        SampleWork(
            "Winter Capacity Loss in Lichen Batteries and How to Undo It",
            "Winter capacity loss has been put down to frost alone, although cells in mild harbours lose capacity too.",
            "We show that winter capacity loss follows day length, and present a lamp schedule that undoes it.",
            "With the lamp schedule, cells keep {gain}% more of their autumn capacity until spring.",
        ),
        SampleWork(
            "Self-Repair of Dried Lichen Cells after Storm Damage",
            "Nobody knows how often a lichen cell can dry out and still repair itself.",
            "We present a protocol of slow rewetting that lets self-repair finish before charging starts.",
            "After storm damage, {gain}% of the cells return to service, and self-repair takes four tides.",
        ),
        SampleWork(
            "Balancing Cells in Long Chains of Lichen Batteries",
            "In long chains one weak cell drags down its neighbours, and balancing cells with wires costs too much.",
            "We introduce drip balancing, in which brine flows from strong cells to weak ones by its own weight.",
            "Drip balancing narrows the spread between cells by {gain}% and needs no electronics.",
        ),
        SampleWork(
            "Spore-Based Separators for Lichen Batteries",
            "Paper separators rot within a season, and plastic ones stop the lichen from healing.",
            "We develop spore-based separators that the lichen itself keeps closed.",
            "Spore-based separators last {gain}% longer than paper and raise the salt gradient at the electrode.",
        ),
        SampleWork(
            "Listening to Lichen: Acoustic Monitoring of Salt-Gradient Charging",
            "Keepers judge the state of charge by colour, which fails at night.",
            "We describe acoustic monitoring, which hears the salt-gradient charging as a faint crackle.",
            "Acoustic monitoring finds failing cells {gain}% sooner than inspection by eye.",
        ),
        SampleWork(
            "Recycling Spent Lichen into New Tidal Cells",
            "Spent lichen is composted today, and its salts are lost to the sea.",
            "We report a recycling loop that seeds new tidal cells with the living rest of spent ones.",
            "Seeded cells reach full capacity {gain}% earlier, and winter capacity loss does not carry over.",
        ),
        SampleWork(
            "Lichen Batteries & Lighthouse Lamps: A Year of Field Trials",
            "Field trials of lichen batteries have ended after weeks, so nothing is known about a whole year.",
            "We report a year of field trials in which lighthouse lamps ran on lichen batteries alone.",
            "Lamps were lit on all but two nights, and self-repair made good {gain}% of the damage that storms did.",
        ),
    ),
)

MOSS_ARCHIVES = SampleTopic(
    category="made-up.ARC",
    contexts=(
        "Moss archives keep records as growth rings in slow moss, which needs no power and outlives its readers.",
        "Libraries that expect centuries without electricity look to moss archives.",
        "A moss archive is written with light, read with a comb, and tended by gardeners.",
    ),
    settings=(
        "We wrote {count} invented records and read them after simulated decades.",
        "The study covers {count} tiles in a greenhouse that exists on paper only.",
        "Readers who did not know the records decoded {count} tiles.",
    ),
    outlooks=(
        "What no disk will keep may yet be kept in this way.",
        "Nothing green was harmed, since nothing was planted.",
        "We list what a gardener must know before the first record is written.",
    ),
    works=(
        SampleWork(
            "Error-Correcting Codes for Slow Moss",
            "Moss grows over single bits, and codes made for disks assume that errors come one at a time.",
            "We construct error-correcting codes for overgrowth, in which errors spread to neighbours.",
            "The codes halve the space that redundancy takes and recover {gain}% more records after overgrowth.",
        ),
        SampleWork(
            "Reading Moss Archives with a Comb: A Protocol",
            "Each reading wears a moss archive down, and no protocol says how often a tile may be combed.",
            "We propose a combing protocol that reads a tile in one stroke along its growth rings.",
            "The protocol lowers wear by {gain}% per reading, and untrained readers can follow it.",
        ),
        SampleWork(
            "Rain and Record Loss in Moss Archives",
            "Rain has been blamed for most record loss, yet archives in dry greenhouses lose records too.",
            "We analyse record loss over seasons and find that uneven light does more harm than rain.",
            "Even light alone prevents {gain}% of record loss, and a roof adds little.",
        ),
        SampleWork(
            "Searching a Moss Archive without Reading All of It",
            "To find one record in a moss archive, readers comb every tile.",
            "We introduce scent indexes, in which each tile carries a herb that tells what is written there.",
            "Scent indexes cut search time by {gain}% and do not wear the growth rings.",
        ),
        SampleWork(
            "Writing Growth Rings with Moonlight",
            "Lamps write growth rings fast but blur them, and daylight cannot be dosed.",
            "We demonstrate moonlight writing, which is slow and leaves growth rings with sharp edges.",
            "Moonlight writing stores {gain}% more records on a tile at the same rate of error.",
        ),
        SampleWork(
            "How Gardeners Mend Moss Archives",
            "Mending is left to custom, and nobody has asked gardeners what they do.",
            "We interview gardeners and derive a mending guide that keeps error-correcting codes intact.",
            "Archives mended by the guide lose {gain}% fewer records than those mended by custom.",
        ),
        SampleWork(
            "Overgrowth: The Limits of Density in Moss Archives",
            "Denser writing saves space until overgrowth sets in, and the limit has been guessed.",
            "We derive the limit of density from the speed of overgrowth and confirm it on living tiles.",
            "Today's archives could be {gain}% denser before overgrowth outruns error-correcting codes.",
        ),
        SampleWork(
            "Copying Moss Archives by Cuttings",
            "A copy of a moss archive is grown from cuttings, and copies differ in ways that readers notice late.",
            "We present a check by growth rings that tells within a week whether a copy by cuttings is true.",
            "The check finds {gain}% of bad copies, which saves a season of growth for each.",
        ),
    ),
)

LANTERN_SWARMS = SampleTopic(
    category="made-up.NET",
    contexts=(
        "Lantern swarms carry messages across bays by light, passed on from one floating lantern to the next.",
        "Where no cable reaches, lantern swarms give villages on stilts a network of a few letters per minute.",
        "A lantern swarm has no centre: every lantern decides by itself when to repeat a message.",
    ),
    settings=(
        "We simulate {count} lanterns on a bay that was drawn for this purpose.",
        "An imaginary swarm of {count} lanterns was watched over thirty nights.",
        "The evaluation uses {count} made-up messages between four villages.",
    ),
    outlooks=(
        "The scheme fits on the back of a lantern card.",
        "Code and bay are equally imaginary.",
        "Villages can adopt it one light at a time.",
    ),
    works=(
        SampleWork(
            "Whisper Routing for Lantern Swarms",
            "Flooding makes every lantern blink, and the oil is gone before dawn.",
            "We propose whisper routing, in which a lantern repeats a message only if few neighbours did.",
            "Whisper routing saves {gain}% of the oil and delivers as many messages as flooding.",
        ),
        SampleWork(
            "Fog-Tolerant Relays in Lantern Swarms",
            "In fog a lantern sees no neighbour at all, and messages die where they stand.",
            "We introduce fog-tolerant relays, which keep a message and drift until another lantern comes near.",
            "With fog-tolerant relays, {gain}% more messages arrive on foggy nights, though half a night late.",
        ),
        SampleWork(
            "Naming Lanterns without a Registry",
            "Lanterns are swapped and lost, so names that a registry hands out soon point to nothing.",
            "We describe names by colour sequence, which two neighbours settle between them.",
            "Clashes of names fall by {gain}%, and a lantern keeps its name for a whole season.",
        ),
        SampleWork(
            "Counting a Lantern Swarm from the Shore",
            "Villages do not know how many lanterns are still afloat.",
            "We develop a count by echo, in which whisper routing carries a question out and the answers back.",
            "The count is off by less than one in {count} and costs {gain}% less oil than lighting them all.",
        ),
        SampleWork(
            "Moths as an Adversary: Attacks on Lantern Networks",
            "Moths cover lanterns, and no one has studied what a patient moth could do to a network.",
            "We study moths as an adversary and prove that whisper routing survives unless they hold a whole shore.",
            "Attacks that stop flooding delay whisper routing by only {gain}%.",
        ),
        SampleWork(
            "Drift-Aware Schedules for Lantern Swarms",
            "Currents spread a swarm until its halves lose sight of each other.",
            "We present drift-aware schedules, which send the urgent messages before the tide turns.",
            "Drift-aware schedules bring {gain}% of urgent messages across before the swarm parts.",
        ),
        SampleWork(
            "Two Letters at a Time: Compression for Lantern Light",
            "Lantern light carries one letter at a time, and long names fill the night.",
            "We introduce pair codes, which send two letters in one blink and need no table on board.",
            "Pair codes shorten messages by {gain}%, and fog-tolerant relays can carry them unchanged.",
        ),
        SampleWork(
            "Oil-Aware Sleep in Drifting Lantern Swarms",
            "A lantern that burns all night fails in the third week, and one that sleeps misses messages.",
            "We derive oil-aware sleep, in which neighbours agree who stays awake.",
            "Oil-aware sleep lengthens the life of a swarm by {gain}% and works with drift-aware schedules.",
        ),
    ),
)

TOPICS = (LICHEN_BATTERIES, MOSS_ARCHIVES, LANTERN_SWARMS)
"""The fields, each with eight works."""

GIVEN_NAMES = ("Ada", "Bruno", "Chioma", "Dalia", "Emil", "Farah", "Goran", "Hana", "Ivo", "Jun", "Keira", "Lalit")
FAMILY_NAMES = (
    "Fictive",
    "Madeup",
    "Imaginary",
    "Invented",
    "Placeholder",
    "Nonesuch",
    "Pretend",
    "Makebelieve",
    "Exemplar",
    "Hypoth",
)
"""Names that nobody will look up."""
