from job import times
