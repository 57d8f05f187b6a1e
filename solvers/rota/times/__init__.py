"""When groups meet: slots on the real dates of a cycle, nobody in two places, burden shared."""
