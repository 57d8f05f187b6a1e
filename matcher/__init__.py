"""What matching means: people, programs, policies, candidates, planning and calendars."""
