"""Words for people outside of the console: calendars, mails and public pages, in the reader's language."""
