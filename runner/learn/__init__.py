"""What a learner does with the claims and mutations: quiz, fix, interview, cards."""
