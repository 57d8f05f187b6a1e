"""Pods: members chosen into groups around problems and skills, annealed for an answer, priced for a bound."""
