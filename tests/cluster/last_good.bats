#!/usr/bin/env bats
# slurmctld is killed while dsfit.conf is wrong, and starts again: the last good configuration, which
# it keeps in StateSaveLocation, is in force.

load helpers

misfit=(-N1 --gpus-per-node=a100:4)

setup_file() {
	cluster_to_edit
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	without_client_plugin
	kept=$DSFIT_CLUSTER_DIR/state/dsfit.last_good
}

# For the tests after this one, and the suite's end.
teardown() {
	good
	slurm_env=()
	wait_until 20 answers
	wait_until 60 nodes_are_up
}

# good [SED-SCRIPT]: the demo's dsfit.conf, edited, is in force.
good() {
	cp -n "$root/conf/gpus.conf" "${conf%/*}"
	sed "${1-}" "$root/conf/dsfit.conf" | put_in_force "$conf"
}

# broken: in the file stands what is no configuration, and a file that it included is gone.
broken() {
	local before
	before=$(lines 'mode = sometimes')
	echo 'mode = sometimes' >"$conf"
	rm "${conf%/*}/gpus.conf"
	wait_until 10 more_lines 'mode = sometimes' "$before"
}

kept_has() {
	grep -q "$1" "$kept"
}

# restart SIGNAL: slurmctld ends by it and starts again.
restart() {
	restart_slurmctld "$1"
	setup
}

submit_misfit() {
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
}

is_refused() {
	((status != 0))
	matches "$(said)" '^refused: 13B'
}

@test "it is kept, whole, for slurmctld alone" {
	good 's/^mode = correct/mode = reject/'
	wait_until 5 kept_has '^mode = reject'
	is "$(stat -c '%a %u' "$kept")" "600 $(stat -c %u "$DSFIT_CLUSTER_DIR/state")"
	kept_has '^gpu "a100"'
	kept_has '^model "'
	kept_has '^family "'
}

@test "killed while dsfit.conf is broken: a misfit is refused all the same" {
	good 's/^mode = correct/mode = reject/'
	wait_until 5 kept_has '^mode = reject'
	broken
	submit_misfit
	is_refused
	restart KILL
	submit_misfit
	is_refused
	run_sbatch_hold "${too_big[@]}" -N3 --gpus-per-node=a100:4
	submitted
	is "$(lines "dsfit.conf:1: mode = sometimes: .*; correct that: the last good configuration is in force, which $kept has kept")" 1
	# Ended in order, it is the same.
	restart TERM
	submit_misfit
	is_refused
}

@test "mended, the file itself is in force" {
	good 's/^mode = correct/mode = reject/'
	wait_until 5 kept_has '^mode = reject'
	broken
	restart KILL
	submit_misfit
	is_refused
	good 's/^mode = correct/mode = advise/'
	submit_misfit
	submitted
	matches "$(said)" '^does not fit: 13B'
	wait_until 5 kept_has '^mode = advise'
}

@test "what somebody else may write is not taken" {
	good 's/^mode = correct/mode = reject/'
	wait_until 5 kept_has '^mode = reject'
	broken
	chmod o+w "$kept"
	restart KILL
	is "$(lines "$kept: must be writable by its owner alone")" 1
	submit_misfit
	submitted
	chmod 600 "$kept"
}
