"""Names of the columns of the tables and states that the kernels work on.

A kernel is handed every array it may need with each call, so many small columns are put into few tables.
"""

UNIT = (FIRST, WEIGHT, PRIORITY, BUDGET, NEW, OLD, HOMES, APARTS, OPENS, TERMS) = range(10)
"""`Tables.unit`: places, homes, apart units, open pods and pair terms of u lie from its number to that of
u + 1; WEIGHT members, of whom NEW newcomers and OLD veterans."""

POD = (
    LEAST,
    MOST,
    MUST_RUN,
    WORTH,
    LEAST_ORGANIZATIONS,
    MOST_SHARE,
    SPONSOR,
    PRESENCE,
    NEEDS,
    LANGUAGES,
    MEETS,
    SLOT_BEGIN,
    SLOT_END,
    SLOT_LOW,
    SLOT_HIGH,
    QUORUM,
    HOURS,
) = range(17)
"""`Tables.pod`: needs and languages of p lie from its number to that of p + 1. WORTH: priority of running.
Slots of its rhythm are SLOT_BEGIN..SLOT_END of all; it may meet in SLOT_LOW..SLOT_HIGH of its rhythm."""

ANY, PRESENT, ABSENT_SPONSOR = range(3)

NEED = (ABILITY, NEED_LEAST, SUMS, ROWS) = range(4)
"""`Tables.need`: worth of k members is sums[SUMS + min(k, ROWS)]."""

RULE = (
    MOST_NEWCOMERS,
    VETERAN_EACH,
    BONUS,
    KEEP,
    PREVIOUS,
    MOST_BROKEN,
    LEAST_POINTS,
    ORGANIZATIONS,
    PLAIN,
) = range(9)
"""`Tables.rule`: numbers of the whole instance. KEEP: whether kept seats are a tier. ORGANIZATIONS: whether
any rule or point looks at them. PLAIN: whether only seats, pair terms and sizes count."""

MISSING, ALWAYS, EASE = range(3)
"""`attend`: members who cannot come to half of the sessions, who always can, and their ease, by slot."""

NOW = (
    FILLED,
    SIZE,
    SEATS,
    PAIRS,
    SPREAD,
    RIVALS,
    APART,
    NEWCOMERS,
    VETERANS,
    FREE,
    POINTS,
    BROKEN,
    SLOT,
) = range(13)
"""`State.pod`: FILLED places hold SIZE members with SEATS and PAIRS points, from SPREAD organizations with
RIVALS pairs of competitors, APART pairs who must be apart, FREE members whom no pin put there."""

TAKEN, USED = range(2)
"""`State.unit`: hours taken and places used."""

TOTAL = (T_BROKEN, T_PLACED, T_PRIORITY, T_PROBLEMS, T_KEPT, T_POINTS) = range(6)
"""`State.total`: broken rules (0 is clean, but for the cap on broken seats), then the tiers."""
