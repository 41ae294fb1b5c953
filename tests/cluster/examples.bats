#!/usr/bin/env bats
# The examples of README.md and the manuals that need a cluster, this one: what they show to be
# said is what is said, but for the numbers of jobs.

load helpers

@test "README.md and the manuals show what is said" {
	run_on "$root/scripts/examples" --cluster "$root/README.md" "$root"/man/*
	is "$status" 0
	matches "$output" '^([4-9]|[1-9][0-9]+) examples run$'
}
