#!/usr/bin/env bats
# What a refusal says to type fits when it is typed. DSFIT_MISFITS is the number of refusals, for more
# than a sample.

load helpers

@test "each misfit has an alternative, or says what the site lacks, and each alternative fits" {
	on "$here/grid" "${DSFIT_MISFITS-40}"
}
