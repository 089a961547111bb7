"""What comes in besides plain words: copies, changes of mind, secrets, answers of forms, what was lost."""
