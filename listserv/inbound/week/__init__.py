"""A group's week by mail: prompts posted, journals kept, briefs answered, reminders switched off and on."""
