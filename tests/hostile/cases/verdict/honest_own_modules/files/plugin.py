from calls import times
