"""Days as callers say them: dates, the day wished for, the day of the visit that there is. Pure."""
