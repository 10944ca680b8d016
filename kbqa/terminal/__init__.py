"""What a person sees of it in a terminal: options, answers, reports and progress."""
